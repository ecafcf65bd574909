/**
 * How a key finds its host: parts, hash, slot, the hosts after it, and what Envoy does when some are down.
 */
import type { SelectConfig } from '../filter/config.ts';
import type { FilterRequest, Filters, KeyPart } from '../filter/driver.ts';
import { HINT_HEADER } from '../filter/header-names.ts';
import { hostsOf, knownHosts } from '../filter/hosts.ts';
import { type ForwardRoute, poolConfig } from '../filter/pool-config.ts';
import { REPORTED_SECONDS } from '../filter/shed.ts';
import type { Attempt } from '../filter/slot-table.ts';
import { describeKey } from '../plan/keys.ts';
import { isSticky } from '../plan/pools/sticky-of.ts';
import type { HashKey, Pool } from '../plan/types.ts';
import type { Down, ExplainedAttempt, ExplainedKey, KeyChoice } from './explanation.ts';
import { attemptsOf, changesOf, NativePool } from './native-choice.ts';

export interface KeyInput {
  readonly filters: Filters;
  readonly route: ForwardRoute;
  readonly pool: Pool;
  /** As Envoy hashes it. */
  readonly request: FilterRequest;
  /** Names of headers whose value cannot be told, with the reason. */
  readonly unknown: ReadonlyMap<string, string>;
  /**
   * As emitted for the listener, when the filter picks for this pool on this route; else Envoy's own Maglev
   * does.
   */
  readonly emitted?: SelectConfig;
  /** Addresses as Envoy prints them. */
  readonly unhealthy: readonly string[];
  /** What hosts report, as given on the command line. */
  readonly utilization: ReadonlyMap<string, number>;
}

/** Undefined: the key cannot be read, or no table of the hosts can be made, here. */
export function explainKey(input: KeyInput): KeyChoice | undefined {
  const { filters, route, pool, emitted, unhealthy } = input;
  const read = readKey(input);
  if (read === undefined || pool.balancer.kind !== 'maglev') return undefined;
  const { parts, hash, setCookie } = read;
  const native = new NativePool(filters, route, pool, []);
  const choice = hash === undefined ? undefined : native.choose(hash);
  const table = emitted === undefined ? choice?.table : filters.of(emitted).table(pool.name);
  if (choice !== undefined && !choice.nowhere && table === undefined) return undefined;
  const { sticky, tableSize } = pool.balancer;
  const changes = emitted !== undefined && sticky !== undefined;
  const attempts =
    hash === undefined || table === undefined ? [] : (changes ? changesOf : attemptsOf)(table, hash);
  const first = attempts[0];
  const { retry } = route.action;
  return {
    kind: 'key',
    by: emitted === undefined ? 'envoy' : 'filter',
    tableSize,
    key: route.action.hash.map((key, i) => explainPart(key, parts[i], input)),
    pick: first && {
      hash: hex(first.hash),
      slot: first.slot,
      host: first.host,
      next: distinct(attempts).slice(1).map(show),
    },
    unpicked: first === undefined ? whyUnpicked(parts, choice?.nowhere === true) : undefined,
    retries:
      first === undefined || retry === undefined
        ? undefined
        : retryHosts(
            first.host,
            choice?.table === undefined ? attempts : attemptsOf(choice.table, hash!),
            retry.attempts,
          ),
    setCookie,
    down: unhealthy.length === 0 ? undefined : explainDown(input, hash, first?.host),
    sticky: sticky && {
      utilizationTarget: sticky.utilizationTarget,
      loadBound: sticky.loadBound,
      maxHops: sticky.maxHops,
      ignored: emitted === undefined ? true : undefined,
      loaded: emitted === undefined ? undefined : explainLoads(input, emitted),
    },
  };
}

type Parts = readonly (KeyPart | { readonly from: 'unknown'; readonly because: string })[];

/**
 * The key of a request, whatever hosts there are. `hash` is undefined without a key, and where a part cannot
 * be told.
 */
export function readKey({
  filters,
  route,
  pool,
  request,
  unknown,
}: KeySource):
  | { readonly parts: Parts; readonly hash?: bigint; readonly setCookie: readonly string[] }
  | undefined {
  const alone = { weight: 1, priority: 0, endpoints: [STAND_IN] };
  const config = poolConfig(route, { ...pool, discovery: 'static', localities: [alone] });
  if (config === undefined) return undefined;
  const { parts: found, hash, setCookie } = filters.of(config).pick(pool.name, request);
  const parts: Parts = route.action.hash.map((key, i) => {
    const name = key.kind === 'header' ? key.name.toLowerCase() : key.kind;
    const because = name === HINT_HEADER ? "the header is Loadstar's own" : unknown.get(name);
    return because === undefined ? found[i]! : { from: 'unknown', because };
  });
  return { parts, hash: parts.some(({ from }) => from === 'unknown') ? undefined : hash, setCookie };
}
/** What is asked for a key. */
export type KeySource = Pick<KeyInput, 'filters' | 'route' | 'pool' | 'request' | 'unknown'>;

/** Any host: the key does not depend on it. */
const STAND_IN = { address: '127.0.0.1', port: 1, weight: 1, draining: false };

function whyUnpicked(parts: Parts, nowhere: boolean): string {
  if (nowhere) return 'no host can serve: Envoy answers 503';
  return parts.some(({ from }) => from === 'unknown')
    ? 'not known, since the key is not'
    : 'no key: any host at random, another one for each request';
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

const SHOWN = 8;

function distinct(attempts: readonly Attempt[]): Attempt[] {
  const seen = new Set<string>();
  return attempts.filter(({ host }) => !seen.has(host) && seen.add(host)).slice(0, SHOWN);
}

/** host_selection_retry_max_attempts, as host/envoy/forward.ts writes it. */
const SELECTION_ATTEMPTS = 5;

/**
 * A retry takes no hint: Envoy's own policy asks for attempt 0, 1, … until it finds a host not tried before,
 * and takes the last when it finds none (ThreadAwareLoadBalancerBase::LoadBalancerImpl::chooseHost with
 * previous_hosts).
 * @param first The host that was asked before.
 */
function retryHosts(first: string, attempts: readonly Attempt[], retries: number): string[] {
  const tried = new Set([first]);
  const hosts: string[] = [];
  for (let retry = 0; retry < Math.min(retries, SHOWN); retry++) {
    const choices = attempts.slice(0, SELECTION_ATTEMPTS + 1);
    const { host } = choices.find((choice) => !tried.has(choice.host)) ?? choices.at(-1)!;
    tried.add(host);
    hosts.push(host);
  }
  return hosts;
}

function explainDown(
  { filters, route, pool, emitted, unhealthy }: KeyInput,
  hash: bigint | undefined,
  home: string | undefined,
): Down {
  const known = knownHosts(pool);
  const hosts = known.filter((host) => unhealthy.includes(host));
  const native = new NativePool(filters, route, pool, hosts);
  const panic = native.panics;
  if (hosts.length === 0) return { hosts, panic, host: home, why: 'no host of this pool is down' };
  if (hash === undefined)
    return { hosts, panic, why: `no key that is known: one of ${panic ? 'all' : 'the healthy'} hosts` };
  // The filter's table keeps all hosts. Envoy rebuilds its own, which also moves some keys of healthy hosts.
  const hinted = emitted !== undefined && !isSticky(pool);
  if (hinted && home !== undefined && !hosts.includes(home)) {
    const why = 'its host is healthy: the key stays, since the filter keeps its table';
    return { hosts, panic, host: home, why };
  }
  const choice = native.choose(hash);
  if (choice.nowhere) return { hosts, panic: choice.panic, why: 'no host is left: Envoy answers 503' };
  const refused = !hinted ? '' : 'Envoy does not take the hint: ';
  return {
    hosts,
    panic: choice.panic,
    host: choice.table?.attempt(hash, 0).host,
    why: choice.panic
      ? 'so few hosts are healthy that Envoy ignores health and keeps its table of all hosts'
      : choice.priority > 0
        ? `${refused}so few hosts are left before them that the standby hosts take this key`
        : `${refused}its own Maglev, rebuilt without those hosts, chooses`,
  };
}

function explainPart(key: HashKey, part: Parts[number] | undefined, { request }: KeyInput): ExplainedKey {
  const name = describeKey(key);
  if (part?.from === 'unknown') return { part: name, from: 'unknown', because: part.because };
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

const show = (attempt: Attempt): ExplainedAttempt => ({ ...attempt, hash: hex(attempt.hash) });
const hex = (hash: bigint): string => `0x${hash.toString(16).padStart(16, '0')}`;
