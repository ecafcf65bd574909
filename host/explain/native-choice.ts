/**
 * What Envoy's own Maglev has for a pool: which priority a hash goes to, and the table of that priority.
 * Spec: source/extensions/ load_balancing_policies/common/load_balancer_impl.cc (recalculatePerPriorityState,
 * recalculatePerPriorityPanic, recalculateLoadInTotalPanic, choosePriority) and thread_aware_lb_impl.cc. The
 * tables are the compiled filter's.
 */
import type { Filters } from '../filter/driver.ts';
import { hostAddress } from '../filter/host-address.ts';
import { type ForwardRoute, poolConfig } from '../filter/pool-config.ts';
import type { Attempt, FilterTable } from '../filter/slot-table.ts';
import type { Locality, Pool, PoolEndpoint } from '../plan/types.ts';

/** Percent: a priority is whole while 100/140 of its hosts are healthy (Envoy's overprovisioning factor). */
const OVERPROVISIONING = 140;
/** Envoy's default of healthy_panic_threshold, in percent. */
const PANIC = 50;

interface Level {
  readonly localities: readonly Locality[];
  readonly hosts: number;
  readonly healthy: number;
  /** Of its hosts so few are healthy that Envoy ignores health. */
  readonly panic: boolean;
  /** Percent of the hashes. */
  readonly load: number;
}

interface NativeChoice {
  /** 0: the first. */
  readonly priority: number;
  readonly panic: boolean;
  /** Undefined: too many hosts or localities for the table to be made here. */
  readonly table?: FilterTable;
  /** No host can serve: Envoy answers 503. */
  readonly nowhere: boolean;
}

/** Of the hosts of one pool, as Envoy sees them. */
export class NativePool {
  readonly #filters: Filters;
  readonly #route: ForwardRoute;
  readonly #pool: Pool;
  readonly #levels: readonly Level[];
  readonly #isDown: (endpoint: PoolEndpoint) => boolean;

  /** @param down Hosts that fail their health check, as Envoy prints them. */
  constructor(filters: Filters, route: ForwardRoute, pool: Pool, down: readonly string[]) {
    const gone = new Set(down);
    this.#isDown = (e) => e.draining || gone.has(hostAddress(e.address, e.port));
    this.#filters = filters;
    this.#route = route;
    this.#pool = pool;
    this.#levels = levelsOf(pool, this.#isDown);
  }

  get panics(): boolean {
    return this.#levels.some(({ panic, load }) => panic && load > 0);
  }

  choose(hash: bigint): NativeChoice {
    const step = Number(hash % 100n) + 1;
    let sum = 0;
    const found = this.#levels.findIndex(({ load }) => {
      sum += load;
      return step <= sum;
    });
    const priority = Math.max(0, found);
    const level = this.#levels[priority];
    const panic = level?.panic ?? false;
    if (level === undefined || (panic ? level.hosts : level.healthy) === 0)
      return { priority, panic, nowhere: true };
    return { priority, panic, table: this.#tableOf(level), nowhere: false };
  }

  #tableOf({ localities, panic }: Level): FilterTable | undefined {
    const serving = localities.map((locality) => ({
      ...locality,
      priority: 0,
      endpoints: locality.endpoints
        .filter((endpoint) => panic || !this.#isDown(endpoint))
        .map((endpoint) => ({ ...endpoint, draining: false })),
    }));
    const config = poolConfig(this.#route, { ...this.#pool, localities: serving });
    return config === undefined ? undefined : this.#filters.of(config).table(this.#pool.name);
  }
}

function levelsOf(
  { localities, panicThreshold = PANIC }: Pool,
  isDown: (endpoint: PoolEndpoint) => boolean,
): Level[] {
  const last = localities.reduce((most, { priority }) => Math.max(most, priority), 0);
  const counted = Array.from({ length: last + 1 }, (_, priority) => {
    const own = localities.filter((locality) => locality.priority === priority);
    const endpoints = own.flatMap((locality) => locality.endpoints);
    const hosts = endpoints.length;
    const healthy = endpoints.filter((endpoint) => !isDown(endpoint)).length;
    const health = hosts === 0 ? 0 : Math.min(100, Math.floor((OVERPROVISIONING * healthy) / hosts));
    return { localities: own, hosts, healthy, health };
  });
  const total = Math.min(
    100,
    counted.reduce((sum, { health }) => sum + health, 0),
  );
  const inPanic = counted.map(
    ({ hosts, healthy }) => total < 100 && (hosts === 0 ? 0 : (100 * healthy) / hosts) < panicThreshold,
  );
  const loads = loadsOf(counted, total, inPanic);
  return counted.map(({ localities: own, hosts, healthy }, i) => ({
    localities: own,
    hosts,
    healthy,
    panic: inPanic[i]!,
    load: loads[i]!,
  }));
}

/** Percent of the hashes for each priority. */
function loadsOf(
  counted: readonly { readonly hosts: number; readonly health: number }[],
  total: number,
  inPanic: readonly boolean[],
): number[] {
  const all = counted.reduce((sum, { hosts }) => sum + hosts, 0);
  if (inPanic.every((panic) => panic) && all > 0)
    return shared(counted.map(({ hosts }) => (100 * hosts) / all));
  if (total === 0) return counted.map((_, i) => (i === 0 ? 100 : 0));
  return shared(counted.map(({ health }) => (100 * health) / total));
}

/** Each at most its due and what is left of 100; the first that has any gets what rounding leaves over. */
function shared(due: readonly number[]): number[] {
  let left = 100;
  const loads = due.map((one) => {
    const load = Math.min(left, Math.floor(one));
    left -= load;
    return load;
  });
  const first = due.findIndex((one) => one > 0);
  return loads.map((load, i) => (i === first ? load + left : load));
}

/** So many look-ups are made; with few hosts all of them are among these. */
const ATTEMPTS = 64;

/** Where a key goes, and then its changed keys, in their order: of a policy that is sticky until hot. */
export const changesOf = (table: FilterTable, hash: bigint): Attempt[] =>
  Array.from({ length: ATTEMPTS }, (_, change) => table.change(hash, change));

export const attemptsOf = (table: FilterTable, hash: bigint): Attempt[] =>
  Array.from({ length: ATTEMPTS }, (_, attempt) => table.attempt(hash, attempt));
