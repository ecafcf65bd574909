/**
 * loadBalancer of a policy → Balancer of a pool and hash keys of its routes. No policy, or one without:
 * LeastRequest.
 */
import { given } from '../../basics/collections.ts';
import type { CookieSpec, LoadBalancer, StickySpec } from '../../model/resources.ts';
import type { Balancer, HashKey, Locality, ZonePreference } from '../types.ts';

/** Envoy Gateway's default of zoneAware.preferLocal.minEndpointsThreshold. */
const DEFAULT_MIN_ENDPOINTS = 6;

/**
 * `localities`: those of the pool. Envoy's MAGLEV and CSWRR ignore their weights unless a setting says
 * otherwise. `zones`: the local-zone preference of the pool's only Service.
 */
export function buildBalancer(
  spec: LoadBalancer | undefined,
  sticky: StickySpec | undefined,
  localities: readonly Locality[],
  zones: ZonePreference | undefined,
): Balancer {
  switch (spec?.type) {
    case undefined:
    case 'LeastRequest':
      return withZones('least-request', zonePreference(spec) ?? zones);
    case 'RoundRobin':
      return withZones('round-robin', zonePreference(spec) ?? zones);
    case 'Random':
      return withZones('random', zonePreference(spec) ?? zones);
    case 'ConsistentHash':
      return {
        kind: 'maglev',
        tableSize: spec.consistentHash.tableSize,
        localityWeighted: weightsCount(spec, localities),
        sticky,
      };
    case 'BackendUtilization': {
      const u = spec.backendUtilization;
      return {
        kind: 'utilization',
        localityWeighted: weightsCount(spec, localities),
        blackoutMs: aboveZero(u.blackoutPeriodMs),
        expirationMs: aboveZero(u.weightExpirationPeriodMs),
        updateMs: aboveZero(u.weightUpdatePeriodMs),
        errorPenalty: given(u.errorUtilizationPenaltyPercent, (percent) => percent / 100),
        metricNames: u.metricNamesForComputingUtilization,
        outOfBand: given(u.outOfBand, ({ reportingPeriodMs, port, authority }) => ({
          periodMs: reportingPeriodMs,
          port,
          authority,
        })),
      };
    }
  }
}

/** 0 counts as not set, as in Envoy Gateway: Envoy's default is used. */
const aboveZero = (ms: number | undefined): number | undefined => (ms === 0 ? undefined : ms);

const withZones = (
  kind: 'round-robin' | 'random' | 'least-request',
  zones: ZonePreference | undefined,
): Balancer => (zones === undefined ? { kind } : { kind, zones });

function zonePreference(spec: LoadBalancer | undefined): ZonePreference | undefined {
  const local = spec?.zoneAware?.preferLocal;
  if (local === undefined) return undefined;
  return {
    minClusterSize: local.minEndpointsThreshold ?? DEFAULT_MIN_ENDPOINTS,
    percentage: local.percentageEnabled,
    forceMinSize: given(local.force, (force) => force.minEndpointsInZoneThreshold ?? 1),
  };
}

/**
 * Weights are used if there are several localities of one priority. A locality without weight would then get
 * no requests (Envoy: locality weight 0), so all must have one.
 */
function weightsCount(spec: LoadBalancer, localities: readonly Locality[]): boolean {
  if (localities.some((l) => l.weight === undefined)) return false;
  if ((spec.zoneAware?.weightedZones?.length ?? 0) > 0) return true;
  return localities.some((a, i) => localities.some((b, j) => i < j && a.priority === b.priority));
}

/** Hash keys of the routes, in order; empty unless the type is ConsistentHash. */
export function hashKeys(spec: LoadBalancer | undefined): readonly HashKey[] {
  if (spec?.type !== 'ConsistentHash') return [];
  const key = spec.consistentHash;
  switch (key.type) {
    case 'SourceIP':
      return [{ kind: 'source-ip' }];
    case 'Header':
      return [{ kind: 'header', name: key.header.name }];
    case 'Headers':
      return key.headers.map(({ name }) => ({ kind: 'header', name }));
    case 'Cookie':
      return [cookieKey(key.cookie)];
    case 'QueryParams':
      return key.queryParams.map(({ name }) => ({ kind: 'query', name }));
  }
}

const cookieKey = ({ name, ttlMs, attributes }: CookieSpec): HashKey => ({
  kind: 'cookie',
  name,
  ttlMs,
  attributes,
});

/** Random and ConsistentHash have no slow start. The API refuses it, but a merge may leave one. */
export function slowStartMs(spec: LoadBalancer | undefined): number | undefined {
  return spec === undefined || spec.type === 'Random' || spec.type === 'ConsistentHash'
    ? undefined
    : spec.slowStart?.windowMs;
}
