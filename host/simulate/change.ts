/**
 * A pool with hosts removed, added or given another weight. Wrong names become messages, never exceptions.
 */
import { nearestName } from '../diagnostics/nearest.ts';
import { hostAddress } from '../filter/host-address.ts';
import { hostsOf } from '../filter/hosts.ts';
import { canonicalAddress, isAddress } from '../plan/pools/address.ts';
import type { Locality, Pool, PoolEndpoint } from '../plan/types.ts';

export interface Change {
  readonly remove: readonly string[];
  /** `ip:port`, optionally `=weight`. */
  readonly add: readonly string[];
  /** `ip:port=weight`. */
  readonly weights: readonly string[];
}
export const unchanged = (change: Change): boolean =>
  change.remove.length + change.add.length + change.weights.length === 0;

/** The changed pool, or everything that is wrong with the change. */
type Changed =
  | { readonly ok: true; readonly pool: Pool }
  | { readonly ok: false; readonly problems: readonly string[] };

export function changePool(pool: Pool, change: Change): Changed {
  const problems: string[] = [];
  const known = hostsOf(pool);
  const find = (option: string, host: string): string | undefined => {
    const found = resolveHost(known, host);
    if (found.kind === 'found') return found.host;
    problems.push(`${option} ${host}: ${found.because} in ${pool.name}.`);
    return undefined;
  };
  const removed = new Set(change.remove.flatMap((host) => find('--remove', host) ?? []));
  const weights = new Map<string, number>();
  for (const item of change.weights) {
    const { host, weight } = splitWeight(item);
    const found = find('--weights', host);
    if (weight === undefined)
      problems.push(`--weights ${item}: write HOST=WEIGHT with a whole weight from 1 to 1000000.`);
    else if (found !== undefined) weights.set(found, weight);
  }
  const added: PoolEndpoint[] = [];
  for (const item of change.add) {
    const { host, weight = 1, wrong } = splitWeight(item);
    const endpoint = parseEndpoint(host);
    if (endpoint === undefined || wrong) {
      problems.push(`--add ${item}: write IP:PORT or IP:PORT=WEIGHT (an IPv6 address in brackets).`);
    } else if (known.includes(hostAddress(endpoint.address, endpoint.port))) {
      problems.push(`--add ${item}: this host is there already in ${pool.name}.`);
    } else added.push({ ...endpoint, weight, draining: false });
  }
  const localities = grow(
    pool.localities.map((locality) => ({
      ...locality,
      endpoints: locality.endpoints
        .filter((e) => !removed.has(hostAddress(e.address, e.port)))
        .map((e) => ({ ...e, weight: weights.get(hostAddress(e.address, e.port)) ?? e.weight })),
    })),
    added,
  );
  const changed = { ...pool, localities };
  if (problems.length === 0 && hostsOf(changed).length === 0)
    problems.push(`No host is left in ${pool.name}.`);
  return problems.length === 0 ? { ok: true, pool: changed } : { ok: false, problems };
}

/** New hosts join the first backend that serves. */
function grow(localities: readonly Locality[], added: readonly PoolEndpoint[]): Locality[] {
  const at = Math.max(
    0,
    localities.findIndex(({ priority }) => priority === 0),
  );
  return localities.map((l, i) => (i === at ? { ...l, endpoints: [...l.endpoints, ...added] } : l));
}

/** A host by its full address, or by address or port alone if only one host has it. */
export function resolveHost(
  known: readonly string[],
  host: string,
):
  | { readonly kind: 'found'; readonly host: string }
  | { readonly kind: 'unknown'; readonly because: string } {
  const endpoint = parseEndpoint(host);
  const exact = endpoint === undefined ? host : hostAddress(endpoint.address, endpoint.port);
  if (known.includes(exact)) return { kind: 'found', host: exact };
  const partly = known.filter(
    (k) => k.slice(0, k.lastIndexOf(':')) === host || k.endsWith(`:${host.replace(/^:/, '')}`),
  );
  if (partly.length === 1) return { kind: 'found', host: partly[0]! };
  if (partly.length > 1)
    return { kind: 'unknown', because: `this names several hosts (${partly.join(', ')})` };
  const near = nearestName(host, known);
  const hint = near === undefined ? `the hosts are ${list(known)}` : `did you mean ${near}?`;
  return { kind: 'unknown', because: `no such host; ${hint}` };
}

const LISTED = 8;
const list = (names: readonly string[]): string =>
  names.length <= LISTED
    ? names.join(', ')
    : `${names.slice(0, LISTED).join(', ')} and ${names.length - LISTED} more`;

function splitWeight(item: string): { host: string; weight?: number; wrong: boolean } {
  const at = item.lastIndexOf('=');
  if (at < 0) return { host: item, wrong: false };
  const text = item.slice(at + 1);
  const weight = /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
  const good = weight !== undefined && weight <= MAX_WEIGHT;
  return { host: item.slice(0, at), weight: good ? weight : undefined, wrong: !good };
}
/**
 * Envoy's own limit on an endpoint's weight is 2^32 − 1 for a locality's sum; one host stays far below it.
 */
const MAX_WEIGHT = 1_000_000;

function parseEndpoint(text: string): { address: string; port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3})):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  const address = (match[1] ?? match[2])!;
  const good = isAddress(address) && port >= 1 && port <= 65_535;
  return good ? { address: canonicalAddress(address), port } : undefined;
}
