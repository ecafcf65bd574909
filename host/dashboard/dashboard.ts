/** The dashboard: what is known, to every page that is open, and answers to what is asked. */
import type { Change } from '../live/outcome.ts';
import type { ChangeRow, Overview } from './contract.ts';
import { FleetSampler } from './fleet-sampler.ts';
import { HeardReports } from './heard.ts';
import { Listings } from './listings.ts';
import { PoolNews } from './pool-news.ts';
import { orcaPolicyOf, Questions } from './questions.ts';
import { Sampler } from './sampler.ts';
import type { Answer, Asset, OpenPage, Shown } from './server.ts';
import { Timeline } from './timeline.ts';
import { type Sample, type ShownPool, Traffic } from './traffic-history.ts';
import type { World } from './world.ts';

/** Of an Envoy of the fleet that falls behind. */
const FLEET_MS = 2_000;

/** Between two tellings of what hosts send: it is a long list. */
const HEARD_MS = 3_000;
/** A page that is loaded again, or shows something else, is away for a moment. */
const GRACE_MS = 3_000;

interface Page extends OpenPage {
  readonly pool: string;
  /** It shows what hosts send as load reports. */
  readonly hears: boolean;
  /** What it was sent last. */
  told?: Overview;
}

/** Who counts, while somebody looks. */
type Counting = Pick<Sampler, 'start' | 'stop'>;

/** What is counted for one Gateway. */
interface Counted {
  readonly traffic: Traffic;
  readonly news: PoolNews;
}

export class Dashboard implements Shown {
  readonly assets: ReadonlyMap<string, Asset>;
  readonly #world: World;
  readonly #timeline = new Timeline();
  readonly #listings: Listings;
  readonly #questions: Questions;
  readonly #pages = new Set<Page>();
  readonly #sampler: Counting | undefined;
  /** By Gateway, while somebody looks at it. */
  readonly #counted = new Map<string, Counted>();
  /** Of the filter, as they were told last. */
  #counters: ReadonlyMap<string, number> | undefined;
  #trouble = '';
  #fleetTimer: NodeJS.Timeout | undefined;
  #endTimer: NodeJS.Timeout | undefined;
  /** While a page shows them. */
  #heard: HeardReports | undefined;
  /** When pages were told of them last, milliseconds since 1970. */
  #heardAt = 0;

  constructor(world: World, assets: ReadonlyMap<string, Asset>) {
    this.#world = world;
    this.assets = assets;
    this.#listings = new Listings(world);
    this.#questions = new Questions({
      world,
      listings: this.#listings,
      timeline: this.#timeline,
      traffic: (gateway) => this.#counted.get(gateway)?.traffic ?? new Traffic(),
    });
    this.#sampler = this.#samplerOf(world);
  }

  /** One Envoy is asked; those of a fleet tell. */
  #samplerOf({ admin, loads }: World): Counting | undefined {
    if (loads !== undefined)
      return new FleetSampler({
        loads,
        listing: (gateway) => this.#listings.of(gateway),
        gateways: () => this.#looked(),
        onSample: (gateway, sample) => this.#take(gateway, sample),
      });
    if (admin === undefined) return undefined;
    return new Sampler({
      admin,
      wanted: () => this.#shownPools(''),
      onSample: (sample) => {
        this.#trouble = '';
        this.#take('', sample);
      },
      onTrouble: (reason) => {
        this.#trouble = reason;
        this.#tellNow('');
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
    const { listen } = this.#world;
    const hears = listen !== undefined && query.get('view') === 'reports';
    const page: Page = { query, send, pool: query.get('pool') ?? '', hears };
    this.#sendOverview(page);
    send('changes', this.#changes(page));
    this.#pages.add(page);
    const counted = this.#counted.get(this.#gatewayOf(page));
    if (counted === undefined || counted.traffic.at === 0) this.#begin();
    else {
      this.#tell(page, counted, true);
      this.#tellReports([page], counted.traffic);
    }
    this.#sendFleet([page]);
    if (hears) this.#hear(listen);
    return () => {
      this.#pages.delete(page);
      clearTimeout(this.#endTimer);
      this.#endTimer = setTimeout(() => this.#rest(), GRACE_MS).unref();
    };
  }

  /** What nobody looks at is not asked for. */
  #rest(): void {
    if (this.#heard !== undefined && ![...this.#pages].some(({ hears }) => hears)) {
      this.#heard = undefined;
      this.#world.listen?.(undefined).catch(() => {});
    }
    // What happens while nobody looks is not in the lines.
    const looked = this.#looked();
    for (const gateway of this.#counted.keys()) if (!looked.has(gateway)) this.#counted.delete(gateway);
    if (this.#pages.size > 0) return;
    this.#sampler?.stop();
    clearInterval(this.#fleetTimer);
    this.#fleetTimer = undefined;
    this.#counters = undefined;
  }

  #hear(listen: NonNullable<World['listen']>): void {
    this.#heardAt = 0;
    if (this.#heard !== undefined) {
      this.#heard.isNew = true;
      return;
    }
    const heard = new HeardReports((pool) => {
      const shown = this.#shownPools('').get(pool);
      return shown && orcaPolicyOf(shown.pool);
    });
    this.#heard = heard;
    listen((line) => heard.add(line, Date.now())).catch((error: Error) => heard.fail(error.message));
  }

  ask(name: string, query: URLSearchParams): Answer | undefined {
    return this.#questions.ask(name, query);
  }

  #begin(): void {
    this.#sampler?.start();
    if (this.#world.fleet !== undefined)
      this.#fleetTimer ??= setInterval(() => this.#sendFleet(this.#pages), FLEET_MS).unref();
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
  #gatewayOf = ({ query }: Pick<Page, 'query'>): string =>
    query.get('gateway') ?? this.#world.gateways()[0] ?? '';

  /** Gateways at which somebody looks. */
  #looked(): ReadonlySet<string> {
    return new Set([...this.#pages].map(this.#gatewayOf));
  }

  #changes(page: Page): readonly ChangeRow[] {
    const gateway = this.#gatewayOf(page);
    return this.#timeline.rows.filter((row) => row.gateway === gateway);
  }

  #countedAt(gateway: string): Counted {
    const known = this.#counted.get(gateway) ?? { traffic: new Traffic(), news: new PoolNews() };
    this.#counted.set(gateway, known);
    return known;
  }

  #take(gateway: string, sample: Sample): void {
    this.#countedAt(gateway).traffic.add(sample);
    this.#tellNow(gateway);
  }

  /** The same for every page of that Gateway. */
  #tellNow(gateway: string): void {
    const counted = this.#countedAt(gateway);
    const { traffic, news } = counted;
    const pages = [...this.#pages].filter((page) => this.#gatewayOf(page) === gateway);
    news.read(this.#shownPools(gateway), traffic);
    for (const page of pages) this.#tell(page, counted, news.isWhole);
    const counters = traffic.counters();
    if (counters !== this.#counters) this.#tellReports(pages, traffic);
    this.#counters = counters;
    if (this.#heard?.isNew !== true || traffic.at - this.#heardAt < HEARD_MS) return;
    this.#heardAt = traffic.at;
    const heard = this.#heard.listed();
    for (const page of pages) if (page.hears) page.send('heard', heard);
  }

  #shownPools(gateway: string): ReadonlyMap<string, ShownPool> {
    return this.#listings.of(gateway)?.pools ?? new Map();
  }

  #tell(page: Page, { traffic, news }: Counted, whole: boolean): void {
    const shown = this.#shownPools(this.#gatewayOf(page)).get(page.pool);
    page.send('now', {
      ...{ at: traffic.at, trouble: this.#trouble, whole },
      pools: whole ? news.all : news.changed,
      hosts: shown === undefined ? [] : traffic.hosts(shown),
    });
  }

  #tellReports(pages: Iterable<Page>, traffic: Traffic): void {
    const counters = [...traffic.counters()].map(([name, value]) => ({ name, value }));
    for (const page of pages) if (page.hears) page.send('reports', { counters });
  }
}
