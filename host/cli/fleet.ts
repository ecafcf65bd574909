/**
 * The input for any number of Envoys: each Gateway that one of them is for has a view of its own, made when
 * the first of them asks.
 */

import { compareText, printable } from '../basics/text.ts';
import { envoyLines, type FleetStatus, fleetStatus, type ServedGroup } from '../fleet/fleet-status.ts';
import { FleetLog } from '../fleet/log.ts';
import { type Expiring, fleetMetrics, type ServerCounts } from '../fleet/prometheus.ts';
import type { Stopwatch } from '../fleet/stopwatch.ts';
import type { Change } from '../live/outcome.ts';
import { Stopped } from '../run/errors.ts';
import type { EnvoyStatus } from '../xds/envoy-status.ts';
import { GrpcError, RESOURCE_EXHAUSTED } from '../xds/frames.ts';
import type { EnvoyGroup } from '../xds/group.ts';
import type { LoadReports } from '../xds/loads.ts';
import type { PageAnswer } from '../xds/transport.ts';
import type { Args } from './args.ts';
import { FleetInput } from './fleet-input.ts';
import type { LoadedPlan } from './input.ts';
import type { Io } from './io.ts';
import { clock, LiveView } from './live-view.ts';

/** Gateways that are served at once, each with a translation of its own. */
const MAX_VIEWS = 64;
/** Envoys of one input that are named because they are not served. */
const MAX_UNSERVED = 100;
/** node.cluster of an Envoy that is for all Gateways: what `bootstrap` writes without --gateway. */
export const ALL = 'loadstar';

/** Lines that are remembered between two changes of the files. */
const MAX_REMEMBERED = 1_024;

export interface FleetOptions {
  /** Each time that the input is read and translated, and that of `first`. */
  readonly translations: Stopwatch;
  /** Of `--drain-time`. */
  readonly drainSeconds?: number;
  readonly onChange?: (gateway: string, change: Change) => void;
}

/** What the server knows that the fleet does not. */
export interface ServerFacts {
  readonly sentBytes: ReadonlyMap<string, number>;
  /** Of itself. */
  readonly certificates: readonly Expiring[];
}

export class Fleet {
  readonly #args: Args;
  readonly #io: Io;
  readonly #input: FleetInput;
  readonly #options: FleetOptions;
  readonly #views = new Map<string, Promise<LiveView>>();
  readonly #made = new Map<string, LiveView>();
  readonly #startedAt = new Date();
  readonly #log: FleetLog;
  readonly #changes = { acknowledged: 0, refused: 0, unanswered: 0, waiting: 0 };
  /** What was said of the last change, so that views do not say it each. */
  #said = new Set<string>();
  /** What was said of Envoys that are not served. */
  #unserved = new Set<string>();
  /** Counts the changes of the files. */
  #generation = 0;
  #closed = false;

  /** @param first The input as it is, and not refused. */
  constructor(args: Args, io: Io, first: LoadedPlan, options: FleetOptions) {
    this.#options = options;
    this.#args = args;
    this.#log = new FleetLog((line) => io.stdout(`${clock()} ${line}\n`));
    this.#io = {
      ...io,
      stderr: (text) => {
        if (this.#said.has(text)) return;
        if (this.#said.size >= MAX_REMEMBERED) this.#said.clear();
        this.#said.add(text);
        io.stderr(text);
      },
    };
    this.#input = new FleetInput(args, this.#io, first, options.translations);
  }

  /** Its group. @throws {GrpcError} in words for whoever reads that Envoy's log. */
  async groupOf({ id, cluster }: EnvoyStatus): Promise<EnvoyGroup> {
    const gateway = cluster === '' || cluster === ALL ? '' : cluster;
    const asked = this.#args.one('gateway') === undefined ? gateway : '';
    try {
      return (await this.#view(asked)).group;
    } catch (error) {
      if (error instanceof GrpcError)
        this.#sayUnserved(`Envoy ${printable(id) || 'without a name'} is not served: ${error.message}\n`);
      throw error;
    }
  }

  /** Each once; whoever comes with ever new names fills neither the memory nor the log. */
  #sayUnserved(line: string): void {
    if (this.#unserved.has(line) || this.#unserved.size >= MAX_UNSERVED) return;
    this.#unserved.add(line);
    this.#io.stderr(line);
    if (this.#unserved.size === MAX_UNSERVED)
      this.#io.stderr('Further Envoys that are not served are not named until the input changes.\n');
  }

  /** Something of the files is not what it was. */
  filesChanged(): void {
    this.#said = new Set();
    this.#unserved = new Set();
    this.#input.changed();
    this.#generation++;
    for (const view of this.#made.values()) view.filesChanged();
  }

  /** @param server What it has sent, and what it shows. */
  page(path: string, server: ServerFacts): PageAnswer | undefined {
    switch (path) {
      case '/status':
        return { status: 200, type: 'application/json', body: `${JSON.stringify(this.status())}\n` };
      case '/metrics':
        return {
          status: 200,
          type: 'text/plain; version=0.0.4',
          body: fleetMetrics(this.status(), this.#metrics(server)),
        };
      case '/healthz':
      case '/readyz':
        return { status: 200, type: 'text/plain; charset=utf-8', body: 'ok\n' };
      default:
        return undefined;
    }
  }

  #metrics({ sentBytes, certificates }: ServerFacts): ServerCounts {
    const { user, system } = process.cpuUsage();
    const served = [...this.#made].flatMap(([gateway, { inForce }]) =>
      inForce.configuration.named.plan.certificates.map(({ name, expires }) => ({ gateway, name, expires })),
    );
    return {
      ...{ changes: this.#changes, translations: this.#options.translations, sentBytes },
      certificates: [...certificates, ...served],
      process: {
        startedAt: this.#startedAt,
        cpuSeconds: (user + system) / 1e6,
        residentBytes: process.memoryUsage.rss(),
      },
    };
  }

  /** Those that an Envoy has asked for, by name; '' for all of the input. */
  gateways(): readonly string[] {
    return [...this.#made.keys()].sort(compareText);
  }

  /** What the Envoys of a Gateway are to have; undefined: none of them has come. */
  inForce(gateway: string): LiveView['inForce'] | undefined {
    return this.#made.get(gateway)?.inForce;
  }

  status(): FleetStatus {
    return fleetStatus(this.#groups(), this.#io.version);
  }

  /** Its Envoys, with what they count while somebody looks. */
  envoys(): ReturnType<typeof envoyLines> {
    return envoyLines(this.#groups());
  }

  /** What the Envoys of a Gateway count; undefined: none of them has come. */
  loads(gateway: string): LoadReports | undefined {
    return this.#made.get(gateway)?.group.loads;
  }

  #groups(): ServedGroup[] {
    return [...this.#made].map(([gateway, { group, refused }]) => ({ gateway, group, refused }));
  }

  close(): void {
    this.#closed = true;
    this.#log.close();
    for (const view of this.#made.values()) view.close();
  }

  #view(gateway: string): Promise<LiveView> {
    const known = this.#views.get(gateway);
    if (known !== undefined) return known;
    const room = this.#views.size < MAX_VIEWS ? undefined : this.#forgetGone();
    const made = room === undefined ? this.#make(gateway) : room.then(() => this.#make(gateway));
    this.#views.set(gateway, made);
    // The next Envoy that asks tries again.
    made.catch(() => this.#views.delete(gateway));
    return made;
  }

  /** Views of Gateways that are gone, and with them their Envoys. @throws {GrpcError} for want of room. */
  async #forgetGone(): Promise<void> {
    const names = await this.#input.gateways();
    for (const [gateway, view] of this.#made) {
      if (gateway === '' || names.has(gateway) || view.group.envoys().length > 0) continue;
      view.close();
      this.#made.delete(gateway);
      this.#views.delete(gateway);
    }
    // The one that asks is among them.
    if (this.#views.size > MAX_VIEWS)
      throw new GrpcError(RESOURCE_EXHAUSTED, `${MAX_VIEWS} Gateways are served already`);
  }

  async #make(gateway: string): Promise<LiveView> {
    const generation = this.#generation;
    const loaded = await this.#input.of(gateway);
    const of = gateway === '' ? undefined : gateway;
    const { drainSeconds, onChange, translations } = this.#options;
    const view = await LiveView.create(this.#args, this.#io, loaded, {
      gateway: of,
      label: of,
      drainSeconds,
      translations,
      here: false,
      onEnvoy: (event, envoy) => this.#log.tell(event, envoy, gateway, view.group.lacksOf(envoy.envoy)),
      onChange: onChange && ((change) => onChange(gateway, change)),
      onResult: (result) => this.#changes[result]++,
    });
    if (this.#closed) {
      view.close();
      throw new Stopped();
    }
    this.#made.set(gateway, view);
    if (generation !== this.#generation) view.filesChanged();
    return view;
  }
}
