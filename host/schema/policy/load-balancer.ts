/**
 * spec.loadBalancer of BackendTrafficPolicy (Envoy Gateway v1alpha1, loadbalancer_types.go): its fields, and
 * what the model makes of them. The rules across fields are in load-balancer-rules.ts; this file relies on
 * them having been checked.
 */
import { given } from '../../basics/collections.ts';
import { POLICY_DEFAULTS } from '../../model/policy-defaults.ts';
import type {
  BackendUtilizationSpec,
  ConsistentHashKey,
  LoadBalancer,
  LoadBalancerCommon,
} from '../../model/resources.ts';
import { duration } from '../words/duration.ts';
import { port } from '../words/names.ts';
import { byRule, flag, integer, leaf, list, object, oneOf, text, textMap, uint32 } from '../words/shape.ts';

export const balancerTypes = [
  'RoundRobin',
  'Random',
  'LeastRequest',
  'ConsistentHash',
  'BackendUtilization',
] as const;
const keyTypes = ['SourceIP', 'Header', 'Headers', 'Cookie', 'QueryParams'] as const;
const usual = POLICY_DEFAULTS.loadBalancer;
export const MAX_TABLE_SIZE = 5_000_011;

/** The rules report an empty name: it makes the policy invalid, but does not refuse it. */
const named = () => object({ name: text() });
export const loadBalancerSchema = object({
  type: oneOf(balancerTypes, {
    Maglev: 'ConsistentHash',
    RingHash: 'ConsistentHash',
    LeastConnection: 'LeastRequest',
    LeastConnections: 'LeastRequest',
    LeastConn: 'LeastRequest',
  }),
  consistentHash: object({
    type: oneOf(keyTypes),
    header: named().optional(),
    headers: list(named()).optional(),
    cookie: object({
      name: text(),
      ttl: duration().optional(),
      attributes: textMap().optional(),
    }).optional(),
    queryParams: list(named()).optional(),
    tableSize: leaf<number>({
      rule: `a prime number from 2 to ${MAX_TABLE_SIZE}`,
      code: 'value-out-of-range',
      hint: (value) => (typeof value === 'string' && /^\d+$/.test(value) ? 'Remove the quotes.' : undefined),
      // A number that is not prime passes here: see the rules.
      read: (value) =>
        typeof value === 'number' && Number.isInteger(value) && value >= 2 && value <= MAX_TABLE_SIZE
          ? value
          : undefined,
    }).optional(),
  }).optional(),
  backendUtilization: object({
    blackoutPeriod: duration().optional(),
    weightExpirationPeriod: duration().optional(),
    weightUpdatePeriod: duration().optional(),
    errorUtilizationPenaltyPercent: uint32().optional(),
    // As many and as long as the filter takes (assembly/bytes/caps.ts).
    metricNamesForComputingUtilization: list(text({ min: 1, max: 1024 }), 0, 32).optional(),
    keepResponseHeaders: flag().optional(),
    removeResponseHeaders: flag().optional(),
    outOfBand: object({
      reportingPeriod: duration(true).optional(),
      port: port().optional(),
      authority: text({
        min: 1,
        max: 259,
        pattern: /^[^\0\n\r]*$/,
        rule: 'text of 1 to 259 characters on one line',
      }).optional(),
    }).optional(),
  }).optional(),
  dynamicModule: byRule('refused'),
  slowStart: object({ window: duration() }).optional(),
  zoneAware: object({
    preferLocal: object({
      minEndpointsThreshold: integer(0).optional(),
      percentageEnabled: integer(0, 100, 'a percentage').optional(),
      force: object({ minEndpointsInZoneThreshold: uint32().optional() }).optional(),
    }).optional(),
    weightedZones: list(
      object({ zone: text(), weight: integer(Number.MIN_SAFE_INTEGER, 4_294_967_295) }),
    ).optional(),
  }).optional(),
  endpointOverride: object({
    extractFrom: list(object({ header: text().optional() }), 1, 10),
  }).optional(),
});

type Checked = ReturnType<typeof loadBalancerSchema.parse>;

/** Undefined for a union without its field, which the rules refuse. */
export function toLoadBalancer(checked: Checked): LoadBalancer | undefined {
  const common = toCommon(checked);
  const { type, consistentHash, backendUtilization } = checked;
  switch (type) {
    case 'RoundRobin':
    case 'Random':
    case 'LeastRequest':
      return { ...common, type };
    case 'ConsistentHash': {
      const key = given(consistentHash, toKey);
      if (consistentHash === undefined || key === undefined) return undefined;
      return {
        ...common,
        type,
        consistentHash: { ...key, tableSize: consistentHash.tableSize ?? usual.consistentHash.tableSize },
      };
    }
    case 'BackendUtilization':
      return { ...common, type, backendUtilization: toUtilization(backendUtilization ?? {}) };
  }
}

function toCommon({ slowStart, zoneAware, endpointOverride }: Checked): LoadBalancerCommon {
  const headers = (endpointOverride?.extractFrom ?? []).flatMap(({ header }) => (header ? [{ header }] : []));
  return {
    slowStart: given(slowStart, ({ window }) => ({ windowMs: window })),
    zoneAware,
    endpointOverride: headers.length === 0 ? undefined : { extractFrom: headers },
  };
}

function toKey(hash: NonNullable<Checked['consistentHash']>): ConsistentHashKey | undefined {
  switch (hash.type) {
    case 'SourceIP':
      return { type: hash.type };
    case 'Header':
      return hash.header && { type: hash.type, header: hash.header };
    case 'Headers':
      return hash.headers && { type: hash.type, headers: hash.headers };
    case 'QueryParams':
      return hash.queryParams && { type: hash.type, queryParams: hash.queryParams };
    case 'Cookie': {
      const { cookie } = hash;
      if (cookie === undefined) return undefined;
      return {
        type: hash.type,
        cookie: {
          name: cookie.name,
          ttlMs: cookie.ttl,
          attributes: Object.entries(cookie.attributes ?? {}).map(([name, value]) => ({ name, value })),
        },
      };
    }
  }
}

function toUtilization(spec: NonNullable<Checked['backendUtilization']>): BackendUtilizationSpec {
  const { keepResponseHeaders: keep, removeResponseHeaders: remove } = spec;
  return {
    blackoutPeriodMs: spec.blackoutPeriod,
    weightExpirationPeriodMs: spec.weightExpirationPeriod,
    weightUpdatePeriodMs: spec.weightUpdatePeriod,
    errorUtilizationPenaltyPercent: spec.errorUtilizationPenaltyPercent,
    metricNamesForComputingUtilization: spec.metricNamesForComputingUtilization ?? [],
    keepResponseHeaders: keep ?? given(remove, (yes) => !yes) ?? usual.backendUtilization.keepResponseHeaders,
    outOfBand: given(spec.outOfBand, ({ reportingPeriod, port, authority }) => ({
      reportingPeriodMs: reportingPeriod,
      port,
      authority,
    })),
  };
}
