/**
 * Destinations of a rule → pools: one for the rule with a locality per backendRef, or one per backendRef if
 * they cannot share one (by Envoy Gateway's rule, so that cluster names are the same).
 */

import { groupBy, weakMemo } from '../../basics/collections.ts';
import { compareText } from '../../basics/text.ts';
import type { BackendTrafficPolicySpec, StickySpec } from '../../model/resources.ts';
import type { ForwardAction, From, HeaderEdits, Locality, Pool, PoolEndpoint } from '../types.ts';
import { buildBalancer, slowStartMs } from './balancer.ts';
import type { Destination, ZonedEndpoint } from './destination.ts';
import { poolTraffic } from './pool-traffic.ts';
import { poolUpstream } from './pool-upstream.ts';

/** One backendRef of a rule with a weight above 0. */
export interface Share {
  /** Index among the rule's backendRefs; part of the names. */
  readonly index: number;
  readonly weight: number;
  readonly destination: Destination;
  /** Present when the backendRef has filters of its own. */
  readonly filters?: {
    readonly requestHeaders: HeaderEdits;
    readonly responseHeaders: HeaderEdits;
    readonly rewriteHost?: string;
  };
}

/** How a pool is balanced. */
export interface Balancing {
  readonly spec?: BackendTrafficPolicySpec;
  readonly sticky?: StickySpec;
  readonly policy?: From;
}

/** True when each backendRef needs a pool of its own, and the route splits between them. */
function needsSplit(shares: readonly Share[], spec: BackendTrafficPolicySpec | undefined): boolean {
  const zones = spec?.loadBalancer?.zoneAware;
  if (zones?.preferLocal !== undefined || (zones?.weightedZones?.length ?? 0) > 0) return true;
  const served = shares.filter((s) => s.destination.problem === undefined);
  return (
    served.length < shares.length ||
    shares.some((s) => s.filters !== undefined) ||
    (served.some((s) => s.destination.dns) && served.some((s) => !s.destination.dns)) ||
    (served.length > 1 && served.some((s) => s.destination.preferLocal !== undefined)) ||
    (served.some((s) => s.destination.onlyHttp1) && served.some((s) => s.destination.protocol === 'http2')) ||
    (served.some(byRequest) && !served.every(byRequest))
  );
}

/**
 * Envoy takes the server name from the request for all hosts of a pool or for none. In a pool with others
 * such a backend would get none, and its certificate be for any name, as in Envoy Gateway.
 */
const byRequest = ({ destination }: Share): boolean => destination.tls?.sni.kind === 'request';

/**
 * A pool over one or several destinations. `name` is `<rule>`, `<rule>/backend/<i>` or `<rule>-mirror-<i>`.
 */
export function buildPool(
  name: string,
  parts: readonly { readonly region: string; readonly weight: number; readonly destination: Destination }[],
  balancing: Balancing,
  from: From,
  host: string | undefined,
): Pool {
  const { spec, sticky, policy } = balancing;
  const viaService = spec?.routingType === 'Service';
  const localities = parts.flatMap(({ region, weight, destination }) =>
    localitiesOf(region, weight, viaService ? atService(destination) : destination, spec),
  );
  const zones = parts.length === 1 ? parts[0]!.destination.preferLocal : undefined;
  const protocol = protocolOf(parts.map((p) => p.destination));
  const discovery = parts.some((p) => p.destination.dns) ? 'dns' : 'static';
  return {
    name,
    protocol,
    discovery,
    localities,
    balancer: buildBalancer(spec?.loadBalancer, sticky, localities, zones),
    slowStartMs: slowStartMs(spec?.loadBalancer),
    ...poolTraffic(spec, host),
    ...poolUpstream(spec, { protocol, discovery }),
    overrideHeaders: spec?.loadBalancer?.endpointOverride?.extractFrom.map((e) => e.header) ?? [],
    from,
    policy,
  };
}

/** Hosts that all have TLS say by ALPN what they speak, unless a backend says it here. */
function protocolOf(destinations: readonly Destination[]): Pool['protocol'] {
  if (destinations.some(({ protocol }) => protocol === 'tcp')) return 'tcp';
  if (destinations.some(({ protocol }) => protocol === 'http2')) return 'http2';
  if (destinations.some(({ onlyHttp1, tls }) => onlyHttp1 || tls === undefined)) return 'http1';
  return 'auto';
}

const atService = (destination: Destination): Destination =>
  destination.service === undefined ? destination : { ...destination, endpoints: destination.service };

function localitiesOf(
  region: string,
  weight: number,
  destination: Destination,
  spec: BackendTrafficPolicySpec | undefined,
): readonly Locality[] {
  const { priority, backend, servicePort, tls } = destination;
  const same = { priority, backend, servicePort, tls };
  const { weightedZones, preferLocal } = spec?.loadBalancer?.zoneAware ?? {};
  if (weightedZones !== undefined && weightedZones.length > 0) {
    const weights = new Map(weightedZones.map((z) => [z.zone, z.weight]));
    return byZone(destination.endpoints).map(([zone, endpoints]) => ({
      zone: zone === '' ? undefined : zone,
      weight: weights.get(zone) ?? 1,
      ...same,
      endpoints,
    }));
  }
  if (preferLocal !== undefined || destination.preferLocal !== undefined) {
    return byZone(destination.endpoints).map(([zone, endpoints]) => ({
      zone: zone === '' ? undefined : zone,
      ...same,
      endpoints,
    }));
  }
  return [{ region, weight, ...same, endpoints: flat(destination.endpoints) }];
}

/** Many routes send to the same Service: its endpoints are listed once and shared by their pools. */
const flat = weakMemo((endpoints: readonly ZonedEndpoint[]): readonly PoolEndpoint[] =>
  endpoints.map(({ endpoint }) => endpoint),
);
const byZone = weakMemo(
  (endpoints: readonly ZonedEndpoint[]): readonly (readonly [string, readonly PoolEndpoint[]])[] =>
    [...groupBy(endpoints, ({ zone }) => zone)]
      .map(([zone, list]) => [zone, flat(list)] as const)
      .sort(([a], [b]) => compareText(a, b)),
);

/** Where a rule's requests go, with the pools for it; `add` keeps the first pool of each name. */
export function forwardTo(
  rule: string,
  shares: readonly Share[],
  balancing: Balancing,
  from: From,
  host: string | undefined,
  add: (name: string, build: () => Pool) => void,
): Pick<ForwardAction, 'to' | 'split' | 'missingStatus'> {
  const part = (s: Share) => ({
    region: `${rule}/backend/${s.index}`,
    weight: s.weight,
    destination: s.destination,
  });
  if (!needsSplit(shares, balancing.spec)) {
    add(rule, () => buildPool(rule, shares.map(part), balancing, from, host));
    const weight = shares.reduce((sum, s) => sum + s.weight, 0);
    return { to: [{ pool: rule, weight }], split: false, missingStatus: 500 };
  }
  const to: ForwardAction['to'][number][] = [];
  let missing = 0;
  let empty = false;
  for (const share of shares) {
    const { problem } = share.destination;
    if (problem !== undefined) {
      missing += share.weight;
      empty ||= problem.kind === 'empty';
      continue;
    }
    const name = `${rule}/backend/${share.index}`;
    add(name, () => buildPool(name, [part(share)], balancing, from, host));
    to.push({ pool: name, weight: share.weight, ...share.filters });
  }
  if (missing > 0) to.unshift({ pool: null, weight: missing });
  // Envoy has one answer for all shares without a pool; Envoy Gateway prefers "no endpoints" when there are
  // both.
  return { to, split: true, missingStatus: empty ? 503 : 500 };
}
