/** The input of `serve` as it is now: translated once for all who ask, and whether it may be served. */
import { weakMemo } from '../basics/collections.ts';
import { printable } from '../basics/text.ts';
import type { Stopwatch } from '../fleet/stopwatch.ts';
import { chooseGateway } from '../model/choose-gateway.ts';
import { GrpcError, NOT_FOUND, UNAVAILABLE } from '../xds/frames.ts';
import type { Args } from './args.ts';
import { countText, type LoadedPlan, loadPlan, planVerdict } from './input.ts';
import type { Io } from './io.ts';
import { keepsGoing } from './options.ts';

interface Gateways {
  /** `namespace/name`. */
  readonly names: ReadonlySet<string>;
  /** Why the input is refused, if it is. */
  readonly refused: string | undefined;
}

export class FleetInput {
  readonly #args: Args;
  readonly #io: Io;
  readonly #first: LoadedPlan;
  readonly #translations: Stopwatch;
  /** All of it: its Gateways, and the view of those that are for all of them. */
  #whole: Promise<LoadedPlan> | undefined;
  /** Whoever comes with ever new names does not have it searched each time. */
  readonly #gatewaysOf = weakMemo(gatewaysOf);

  /** @param first The input as it is, and not refused. */
  constructor(args: Args, io: Io, first: LoadedPlan, translations: Stopwatch) {
    this.#args = args;
    this.#io = io;
    this.#first = first;
    this.#translations = translations;
    this.#whole = Promise.resolve(first);
  }

  changed(): void {
    this.#whole = undefined;
  }

  /** `namespace/name` of each. */
  async gateways(): Promise<ReadonlySet<string>> {
    return this.#gatewaysOf(await this.#all()).names;
  }

  /** @param gateway '': all of them. @throws {GrpcError} */
  async of(gateway: string): Promise<LoadedPlan> {
    if (gateway !== '') await this.#mustKnow(gateway);
    const loaded = await (gateway === '' ? this.#all() : this.#load(gateway));
    const { diagnostics, refused } = planVerdict(loaded);
    const unknown = diagnostics.find(({ code }) => code === 'gateway-unknown');
    if (unknown !== undefined)
      throw new GrpcError(
        NOT_FOUND,
        `there is no Gateway ${printable(gateway)} in the input. ${unknown.rule ?? ''}`,
      );
    if (refused && !keepsGoing(this.#args))
      throw new GrpcError(UNAVAILABLE, `the input is refused: ${countText(diagnostics)}`);
    return loaded;
  }

  /** With --keep-going too: an Envoy whose Gateway is refused keeps what it has. @throws {GrpcError} */
  async #mustKnow(gateway: string): Promise<void> {
    const { names, refused } = this.#gatewaysOf(await this.#all());
    if (names.has(gateway)) return;
    const absent = `there is no Gateway ${printable(gateway)} in the input`;
    if (refused !== undefined) throw new GrpcError(UNAVAILABLE, `${absent}, which is refused: ${refused}`);
    throw new GrpcError(NOT_FOUND, `${absent}. Gateways of the input: ${[...names].join(', ') || 'none'}.`);
  }

  #all(): Promise<LoadedPlan> {
    if (this.#whole === undefined) {
      const loading = this.#load();
      this.#whole = loading;
      // The next one tries again.
      loading.catch(() => {
        if (this.#whole === loading) this.#whole = undefined;
      });
    }
    return this.#whole;
  }

  /** @param gateway In the place of all. */
  #load(gateway?: string): Promise<LoadedPlan> {
    const { options, known } = this.#first;
    return this.#translations.time(() => loadPlan(this.#args, this.#io, options, undefined, known, gateway));
  }
}

function gatewaysOf(loaded: LoadedPlan): Gateways {
  const { diagnostics, refused } = planVerdict(loaded);
  return {
    names: new Set(chooseGateway(loaded.model, '').known),
    refused: refused ? countText(diagnostics) : undefined,
  };
}
