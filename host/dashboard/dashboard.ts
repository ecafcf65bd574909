/** The dashboard: what is known, to every page that is open, and answers to what is asked. */
import type { Change } from '../live/outcome.ts';
import type { ChangeRow, Now, Overview } from './contract.ts';
import { Listings } from './listings.ts';
import { Questions } from './questions.ts';
import { Sampler } from './sampler.ts';
import type { Answer, Asset, OpenPage, Shown } from './server.ts';
import { Timeline } from './timeline.ts';
import { type ShownPool, Traffic } from './traffic.ts';
import type { World } from './world.ts';

/** Of an Envoy of the fleet that falls behind. */
const FLEET_MS = 2_000;

interface Page extends OpenPage {
  readonly pool: string;
  /** What it was sent last. */
  told?: Overview;
}

export class Dashboard implements Shown {
  readonly assets: ReadonlyMap<string, Asset>;
  readonly #world: World;
  readonly #timeline = new Timeline();
  readonly #listings: Listings;
  readonly #questions: Questions;
  readonly #pages = new Set<Page>();
  readonly #sampler: Sampler | undefined;
  #traffic = new Traffic();
  #trouble = '';
  #fleetTimer: NodeJS.Timeout | undefined;

  constructor(world: World, assets: ReadonlyMap<string, Asset>) {
    this.#world = world;
    this.assets = assets;
    this.#listings = new Listings(world);
    this.#questions = new Questions({
      world,
      listings: this.#listings,
      timeline: this.#timeline,
      traffic: () => this.#traffic,
    });
    this.#sampler =
      world.admin &&
      new Sampler({
        admin: world.admin,
        wanted: (cluster) => this.#listings.of('')?.pools.has(cluster) ?? false,
        onSample: (sample) => {
          this.#trouble = '';
          this.#traffic.add(sample);
          this.#tellNow();
        },
        onTrouble: (reason) => {
          this.#trouble = reason;
          this.#tellNow();
        },
      });
  }

  /** A change was made, or not. */
  changed(gateway: string, change: Change): void {
    this.#timeline.add(gateway, change, Date.now());
    for (const page of this.#pages) {
      if (this.#gatewayOf(page) !== gateway) continue;
      page.send('changes', this.#changes(page));
      this.#sendOverview(page);
    }
  }

  open({ query, send }: OpenPage): () => void {
    const page: Page = { query, send, pool: query.get('pool') ?? '' };
    this.#sendOverview(page);
    send('changes', this.#changes(page));
    if (this.#pages.size === 0) this.#begin();
    else this.#tell(page);
    this.#pages.add(page);
    this.#sendFleet([page]);
    return () => {
      this.#pages.delete(page);
      if (this.#pages.size > 0) return;
      this.#sampler?.stop();
      clearInterval(this.#fleetTimer);
      // What happens while nobody looks is not in the lines.
      this.#traffic = new Traffic();
    };
  }

  ask(name: string, query: URLSearchParams): Answer | undefined {
    return this.#questions.ask(name, query);
  }

  #begin(): void {
    this.#sampler?.start();
    if (this.#world.fleet !== undefined)
      this.#fleetTimer = setInterval(() => this.#sendFleet(this.#pages), FLEET_MS).unref();
  }

  #sendFleet(pages: Iterable<Page>): void {
    const fleet = this.#world.fleet?.();
    if (fleet === undefined) return;
    for (const page of pages) {
      page.send('fleet', fleet);
      // Envoys come for Gateways that were not served before.
      this.#sendOverview(page);
    }
  }

  #sendOverview(page: Page): void {
    const overview = this.#listings.of(this.#gatewayOf(page))?.overview;
    if (overview === undefined || overview === page.told) return;
    page.told = overview;
    page.send('overview', overview);
  }

  /** The one that the page names, else the first. */
  #gatewayOf = ({ query }: Page): string => query.get('gateway') ?? this.#world.gateways()[0] ?? '';

  #changes(page: Page): readonly ChangeRow[] {
    const gateway = this.#gatewayOf(page);
    return this.#timeline.rows.filter((row) => row.gateway === gateway);
  }

  #tellNow(): void {
    for (const page of this.#pages) this.#tell(page);
  }

  #tell(page: Page): void {
    if (this.#sampler === undefined) return;
    const pools = this.#listings.of(this.#gatewayOf(page))?.pools ?? new Map<string, ShownPool>();
    const whole = pools.get(page.pool);
    const now: Now = {
      at: this.#traffic.at,
      trouble: this.#trouble,
      pools: [...pools.values()].map((shown) => this.#traffic.pool(shown)),
      hosts: whole === undefined ? [] : this.#traffic.hosts(whole),
    };
    page.send('now', now);
    const counters = [...this.#traffic.counters()].map(([name, value]) => ({ name, value }));
    page.send('reports', { counters });
  }
}
