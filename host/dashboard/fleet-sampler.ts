/** What the Envoys of a fleet count, while somebody looks: they tell their server, who asks for it. */
import { weakMemo } from '../basics/collections.ts';
import type { Clusters, Stats } from './envoy-pages.ts';
import type { Listing } from './listings.ts';
import type { Sample } from './traffic-history.ts';

/** Cluster → its hosts. */
type Wanted = ReadonlyMap<string, ReadonlySet<string>>;

/** Of the Envoys of one Gateway. */
export interface FleetLoads {
  /** From now on these are reported; undefined: nothing. The same object: nothing changes. */
  want(clusters: Wanted | undefined): void;
  /** Undefined: no Envoy has told anything yet. @param now Milliseconds since 1970. */
  read(now: number): Clusters | undefined;
}

interface FleetSamplerOptions {
  /** Undefined: there is no such Gateway. */
  readonly loads: (gateway: string) => FleetLoads | undefined;
  readonly listing: (gateway: string) => Listing | undefined;
  /** Gateways at which somebody looks. */
  readonly gateways: () => ReadonlySet<string>;
  readonly onSample: (gateway: string, sample: Sample) => void;
}

/** As often as an Envoy reports, at most. */
const EVERY_MS = 2_000;
/** No Envoy tells these. */
const NO_STATS: Stats = { counters: new Map(), gauges: new Map(), times: new Map() };

export class FleetSampler {
  readonly #options: FleetSamplerOptions;
  readonly #asked = new Map<string, FleetLoads>();
  /** Made once for each configuration. */
  readonly #wantedOf = weakMemo(wantedOf);
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FleetSamplerOptions) {
    this.#options = options;
  }

  /** Safe to call again: for a Gateway that was not looked at before. */
  start(): void {
    this.#timer ??= setInterval(() => this.#next(), EVERY_MS).unref();
    this.#next();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const loads of this.#asked.values()) loads.want(undefined);
    this.#asked.clear();
  }

  #next(): void {
    const { loads: loadsOf, listing: listingOf, gateways: looked, onSample } = this.#options;
    const gateways = looked();
    for (const [gateway, loads] of this.#asked) {
      if (gateways.has(gateway) && loadsOf(gateway) === loads) continue;
      loads.want(undefined);
      this.#asked.delete(gateway);
    }
    for (const gateway of gateways) {
      const [loads, listing] = [loadsOf(gateway), listingOf(gateway)];
      if (loads === undefined || listing === undefined) continue;
      this.#asked.set(gateway, loads);
      loads.want(this.#wantedOf(listing));
      const at = Date.now();
      const clusters = loads.read(at);
      if (clusters !== undefined) onSample(gateway, { at, clusters, stats: NO_STATS });
    }
  }
}

const wantedOf = ({ overview }: Listing): Wanted =>
  new Map(overview.pools.map(({ id, hosts }) => [id, new Set(hosts.map(({ host }) => host))]));
