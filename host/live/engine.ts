/**
 * From "something changed" to "Envoy has it", one change at a time: translate, ask the filter, publish, wait
 * for Envoy's word, and say in one line what came of it. Whatever goes wrong on the way, the last good
 * configuration stays, and the next good one ends it.
 */
import { groupBy } from '../basics/collections.ts';
import { printable } from '../basics/text.ts';
import { encode } from '../xds/encode.ts';
import type { EnvoyGroup } from '../xds/group.ts';
import type { Lacking } from '../xds/suit.ts';
import { changesBetween, changeText } from './changes.ts';
import type { Configuration } from './configuration.ts';
import { drainsOf } from './drains.ts';
import { meanwhile } from './meanwhile.ts';
import type { Outcome } from './outcome.ts';

/** A new configuration, or the texts of why there is none. */
export type Reading =
  | { readonly configuration: Configuration }
  /** What was found is told already; `because` says in a few words what that was, as `2 errors`. */
  | { readonly refused: string };

export interface LiveOptions {
  readonly server: EnvoyGroup;
  /** Reads and translates the input as it is now, and asks the filter. Tells what it finds. May throw. */
  readonly read: () => Promise<Reading>;
  /** Reasons why this cannot be published that only the machine knows, as ports that are taken. */
  readonly obstacles?: (before: Configuration, after: Configuration) => Promise<readonly string[]>;
  /** One line, without its end, on what Envoy has now. */
  readonly say: (line: string) => void;
  /** The same on why it has not what it should. */
  readonly complain: (line: string) => void;
  /** What became of a change, for whoever shows more than the line. */
  readonly onOutcome?: (outcome: Outcome) => void;
  /** How long the connections of a listener that changes may last; undefined: Envoy's own. */
  readonly drainSeconds?: number;
  /** Milliseconds, for durations. */
  readonly now?: () => number;
}

export class LiveEngine {
  readonly #options: LiveOptions;
  readonly #now: () => number;
  #good: Configuration;
  #bad = false;
  /** What was said of older Envoys. */
  #lacking = '';
  #changedAt: number | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  /** @param first What the server serves already. */
  constructor(first: Configuration, options: LiveOptions) {
    this.#good = first;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Something changed. Changes that come while one is on its way are taken together after it. */
  changed(): void {
    if (this.#closed) return;
    this.#changedAt ??= this.#now();
    this.#running ??= Promise.resolve()
      .then(() => this.#run())
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** What was read last is refused: the configuration is an older one. */
  get isBad(): boolean {
    return this.#bad;
  }

  /** The configuration that is in force. */
  get good(): Configuration {
    return this.#good;
  }

  close(): void {
    this.#closed = true;
  }

  async #run(): Promise<void> {
    while (this.#changedAt !== undefined && !this.#closed) {
      const since = this.#changedAt;
      this.#changedAt = undefined;
      try {
        await this.#once(since);
      } catch (error) {
        this.#stays(since, error instanceof Error ? error.message : String(error));
      }
    }
  }

  async #once(since: number): Promise<void> {
    const { server, say } = this.#options;
    const reading = await this.#options.read();
    if ('refused' in reading) return this.#stays(since, reading.refused);
    const { configuration } = reading;
    const before = this.#good;
    const parts = [
      ...drainsOf(before.resources, configuration.resources, this.#options.drainSeconds),
      ...changesBetween(before.named, configuration.named),
    ];
    const snapshot = encode(configuration.resources, server.snapshot);
    if (snapshot.version === server.snapshot.version) {
      if (this.#bad) say('good again; nothing differs from what Envoy has');
      this.#bad = false;
      this.#good = configuration;
      return;
    }
    const count = server.envoys().length;
    const lacking = server.lacking(snapshot);
    const obstacles = (await this.#options.obstacles?.(before, configuration)) ?? [];
    if (obstacles.length > 0) return this.#stays(since, obstacles.join('; '), parts);
    const between = meanwhile(before.resources, configuration.resources);
    const { refusals, silent } = await server.publish(snapshot, encode(between, snapshot));
    const ms = Math.round(this.#now() - since);
    if (refusals.length > 0) {
      const [{ kind, names, reason }] = refusals as [(typeof refusals)[number]];
      const which = names.length > 0 ? ` of ${names.slice(0, 3).join(', ')}` : '';
      return this.#stays(since, `Envoy refuses the ${KIND_NAMES[kind]}${which}: ${reason}`, parts);
    }
    this.#good = configuration;
    this.#bad = false;
    const result = silent.length > 0 ? 'unanswered' : count === 0 ? 'waiting' : 'acknowledged';
    this.#options.onOutcome?.({
      ...{ parts, result, reason: '', ms, before: before.named, after: configuration.named },
      envoys: server
        .envoys()
        .filter(({ acknowledged }) => acknowledged === snapshot.version)
        .map(({ id }) => id),
    });
    const what = changeText(parts);
    switch (result) {
      case 'unanswered':
        return this.#options.complain(
          `${what}: no answer from ${silent.join(', ')} within ${ms} ms; it gets it when it answers`,
        );
      case 'waiting':
        return say(`${what}: no Envoy is connected; it gets it when it is`);
      case 'acknowledged':
        return say(`${what}: acknowledged after ${ms} ms${notBy(server)}${this.#lack(lacking)}`);
    }
  }

  /** Once for each: it stays so until the Envoy is another. */
  #lack(lacking: readonly Lacking[]): string {
    const text = lacking.length === 0 ? '' : `; ${lackingText(lacking)}`;
    const isSaid = text === this.#lacking;
    this.#lacking = text;
    return isSaid ? '' : text;
  }

  /** @param undone What the change would have been. */
  #stays(since: number, reason: string, undone: readonly string[] = []): void {
    this.#bad = true;
    const [ms, before] = [this.#now() - since, this.#good.named];
    this.#options.onOutcome?.({ parts: undone, result: 'refused', reason, ms, envoys: [], before });
    const not = undone.length === 0 ? '' : `; not done: ${changeText(undone)}`;
    this.#options.complain(`${reason}; what Envoy has stays${not}`);
  }
}

/** By what they lack: peers may say any version, but there are only so many things to lack. */
function lackingText(lacking: readonly Lacking[]): string {
  const alike = groupBy(lacking, ({ lacks }) => lacks.join('; '));
  return [...alike]
    .map(([lacks, all]) => {
      const versions = new Set(all.map(({ envoy }) => envoy));
      const more = versions.size > 1 ? ` and ${versions.size - 1} more versions` : '';
      return `Envoy ${all[0]?.envoy}${more} (${namesOf(all)}) is too old: ${lacks}`;
    })
    .join('; ');
}

function namesOf(envoys: readonly { readonly id: string }[]): string {
  const more = envoys.length > 3 ? ` and ${envoys.length - 3} more` : '';
  const names = envoys.slice(0, 3).map(({ id }) => printable(id));
  return `${names.join(', ')}${more}`;
}

/** Envoys that refuse what the others have taken do not keep it from these. */
function notBy(server: Pick<EnvoyGroup, 'envoys'>): string {
  const refusing = server.envoys().filter(({ refused }) => refused !== undefined);
  if (refusing.length === 0) return '';
  return `, but not by ${namesOf(refusing)}: \`loadstar status\` says what is refused`;
}

const KIND_NAMES = {
  cds: 'clusters',
  eds: 'endpoints',
  ecds: 'filter configurations',
  sds: 'certificates',
  lds: 'listeners',
  rds: 'routes',
} as const;
