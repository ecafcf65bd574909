/** How a key finds its host: parts, hash, slot, the hosts after it, and what Envoy does when some are down. */
import type { SelectConfig } from '../filter/config.ts';
import type { Attempt, FilterRequest, Filters, FilterTable, Pick } from '../filter/driver.ts';
import { hostsOf } from '../filter/hosts.ts';
import { type ForwardRoute, poolConfig } from '../filter/pool-config.ts';
import { REPORTED_SECONDS } from '../filter/shed.ts';
import type { HashKey, Pool } from '../plan/types.ts';
import type { Down, ExplainedAttempt, ExplainedKey, KeyChoice } from './explanation.ts';

export interface KeyInput {
  readonly filters: Filters;
  readonly route: ForwardRoute;
  readonly pool: Pool;
  readonly request: FilterRequest;
  /** As emitted for the listener, when the filter serves this route; else one is made for the pool alone. */
  readonly emitted?: SelectConfig;
  /** Addresses as Envoy prints them. */
  readonly unhealthy: readonly string[];
  /** What hosts report, where the command line says so. */
  readonly utilization: ReadonlyMap<string, number>;
}

/** Undefined: there is no table for this pool. */
export function explainKey(input: KeyInput): KeyChoice | undefined {
  const { filters, route, pool, request, emitted, unhealthy } = input;
  const config = emitted ?? poolConfig(route, pool);
  if (config === undefined || pool.balancer.kind !== 'maglev') return undefined;
  const filter = filters.of(config);
  const pick = filter.pick(pool.name, request);
  const table = filter.table(pool.name);
  if (table === undefined) return undefined;
  const attempts = pick.hash === undefined ? [] : attemptsOf(table, pick.hash);
  const first = attempts[0];
  const { sticky } = pool.balancer;
  return {
    kind: 'key',
    by: emitted === undefined ? 'envoy' : 'filter',
    tableSize: table.size,
    key: route.action.hash.map((key, i) => explainPart(key, pick.parts[i], request)),
    pick:
      first === undefined
        ? undefined
        : {
            hash: hex(first.hash),
            slot: first.slot,
            host: first.host,
            next: distinct(attempts).slice(1).map(show),
          },
    retries:
      first === undefined || route.action.retry === undefined
        ? undefined
        : retryHosts(attempts, route.action.retry.attempts),
    setCookie: pick.setCookie,
    down: unhealthy.length === 0 ? undefined : explainDown(input, pick),
    sticky:
      sticky === undefined
        ? undefined
        : {
            utilizationTarget: sticky.utilizationTarget,
            loadBound: sticky.loadBound,
            maxHops: sticky.maxHops,
            loaded: emitted === undefined ? undefined : explainLoads(input, config),
          },
  };
}

type Loaded = NonNullable<NonNullable<KeyChoice['sticky']>['loaded']>;

function explainLoads(
  { filters, pool, request, utilization }: KeyInput,
  config: SelectConfig,
): Loaded | undefined {
  if (!hostsOf(pool).some((host) => utilization.has(host))) return undefined;
  const filter = filters.loaded(config, pool, utilization);
  const shed = [...filter.shed].flatMap(([host, share]) => (share > 0 ? [{ host, share }] : []));
  return { seconds: REPORTED_SECONDS, shed, host: filter.pick(pool.name, request).host };
}

/** So many are asked for; with few hosts all of them are among these. */
const ATTEMPTS = 64;
const SHOWN = 8;

const attemptsOf = (table: FilterTable, hash: bigint): Attempt[] =>
  Array.from({ length: ATTEMPTS }, (_, attempt) => table.attempt(hash, attempt));

function distinct(attempts: readonly Attempt[]): Attempt[] {
  const seen = new Set<string>();
  return attempts.filter(({ host }) => !seen.has(host) && seen.add(host)).slice(0, SHOWN);
}

/** host_selection_retry_max_attempts, as host/envoy/route.ts writes it. */
const SELECTION_ATTEMPTS = 5;

/**
 * A retry takes no hint: Envoy's own policy asks for attempt 0, 1, … until it finds a host not tried before, and takes the
 * last when it finds none (ThreadAwareLoadBalancerBase::LoadBalancerImpl::chooseHost with previous_hosts).
 */
function retryHosts(attempts: readonly Attempt[], retries: number): string[] {
  const tried = new Set([attempts[0]!.host]);
  const hosts: string[] = [];
  for (let retry = 0; retry < Math.min(retries, SHOWN); retry++) {
    const choices = attempts.slice(0, SELECTION_ATTEMPTS + 1);
    const { host } = choices.find((choice) => !tried.has(choice.host)) ?? choices.at(-1)!;
    tried.add(host);
    hosts.push(host);
  }
  return hosts;
}

/** Envoy's default of healthy_panic_threshold, in percent. */
const PANIC = 50;

function explainDown({ filters, route, pool, request, emitted, unhealthy }: KeyInput, pick: Pick): Down {
  const hosts = hostsOf(pool);
  const down = hosts.filter((host) => unhealthy.includes(host));
  const healthy = hosts.filter((host) => !unhealthy.includes(host));
  const threshold = pool.panicThreshold ?? PANIC;
  const panic = hosts.length > 0 && (healthy.length / hosts.length) * 100 < threshold;
  const standby = pool.localities.some(({ priority, endpoints }) => priority > 0 && endpoints.length > 0);
  if (down.length === 0) return { hosts: down, panic, host: pick.host, why: 'no host of this pool is down' };
  if (standby && (healthy.length / hosts.length) * OVERPROVISIONING < 1) {
    return {
      hosts: down,
      panic: false,
      why: 'so few hosts of priority 0 are left that Envoy sends a share to priority 1',
    };
  }
  if (pick.host === undefined) {
    return { hosts: down, panic, why: `no key: one of ${panic ? 'all' : 'the healthy'} hosts at random` };
  }
  if (panic) {
    const why = `fewer than ${threshold} % are healthy: Envoy ignores health and keeps its table of all hosts`;
    return { hosts: down, panic, host: pick.host, why };
  }
  // The filter's table keeps all hosts; Envoy's own is rebuilt, which also moves some keys of healthy hosts.
  if (emitted !== undefined && !down.includes(pick.host)) {
    return {
      hosts: down,
      panic,
      host: pick.host,
      why: 'its host is healthy: the key stays, since the filter keeps its table',
    };
  }
  const left = withoutHosts(pool, down);
  const config = poolConfig(route, left);
  const host = config === undefined ? undefined : filters.of(config).pick(left.name, request).host;
  const why = `${emitted === undefined ? '' : 'Envoy does not take the hint: '}its own Maglev, rebuilt without those hosts, chooses`;
  return { hosts: down, panic, host, why };
}

/** Envoy's overprovisioning factor: a priority is whole while more than 1 / 1.4 of its hosts are healthy. */
const OVERPROVISIONING = 1.4;

export function withoutHosts(pool: Pool, gone: readonly string[]): Pool {
  const localities = pool.localities.map((locality) => ({
    ...locality,
    endpoints: locality.endpoints.filter(
      (e) => !gone.includes(hostsOf({ ...pool, localities: [{ ...locality, endpoints: [e] }] })[0] ?? ''),
    ),
  }));
  return { ...pool, localities };
}

function explainPart(
  key: HashKey,
  part: Pick['parts'][number] | undefined,
  request: FilterRequest,
): ExplainedKey {
  const name = describeKey(key);
  if (part === undefined || part.from === 'absent') return { part: name, from: 'absent' };
  // Several values of a header are sorted by their bytes, and the hash of each seeds the next.
  const several =
    key.kind === 'header'
      ? request.headers.flatMap(([n, v]) => (n === key.name.toLowerCase() ? [v] : []))
      : [];
  const values = (several.length > 1 ? several.sort() : [part.value]).map((value) =>
    Buffer.from(value, 'latin1'),
  );
  return {
    part: name,
    from: part.from,
    value: values.map((value) => value.toString('utf8')).join(', '),
    bytes: values.map((value) => value.toString('hex')).join(' '),
    hash: hex(part.hash),
  };
}

export function describeKey(key: HashKey): string {
  switch (key.kind) {
    case 'header':
      return `header ${key.name}`;
    case 'cookie':
      return `cookie ${key.name}`;
    case 'query':
      return `query parameter ${key.name}`;
    case 'source-ip':
      return 'source IP';
  }
}

const show = (attempt: Attempt): ExplainedAttempt => ({ ...attempt, hash: hex(attempt.hash) });
const hex = (hash: bigint): string => `0x${hash.toString(16).padStart(16, '0')}`;
