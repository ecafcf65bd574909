/**
 * A merged policy can hold fields of two types: the parent's consistentHash beside the child's RoundRobin. Envoy Gateway translates by
 * `type` and never looks at the others; so they are taken away before the merged spec is checked.
 */
import { asObject } from '../words/findings.ts';

type Raw = Readonly<Record<string, unknown>>;

const without = (object: Raw, fields: readonly string[]): Raw =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !fields.includes(key)));

export function withoutLeftovers(raw: unknown): unknown {
  const spec = asObject(raw);
  const balancer = asObject(spec?.loadBalancer);
  if (spec === undefined || balancer === undefined || typeof balancer.type !== 'string') return raw;
  const { type } = balancer;
  const drop = [
    ...(type === 'ConsistentHash' ? [] : ['consistentHash']),
    ...(type === 'BackendUtilization' ? [] : ['backendUtilization']),
    ...(type === 'DynamicModule' ? [] : ['dynamicModule']),
    ...(type === 'Random' || type === 'ConsistentHash' ? ['slowStart'] : []),
  ];
  const clean: Record<string, unknown> = { ...without(balancer, drop) };
  const hash = asObject(clean.consistentHash);
  if (hash !== undefined && typeof hash.type === 'string') {
    const keep = `${hash.type[0]?.toLowerCase() ?? ''}${hash.type.slice(1)}`;
    clean.consistentHash = without(
      hash,
      ['header', 'headers', 'cookie', 'queryParams'].filter((field) => field !== keep),
    );
  }
  const zones = asObject(clean.zoneAware);
  if (zones !== undefined && (type === 'ConsistentHash' || type === 'BackendUtilization')) {
    clean.zoneAware = without(zones, ['preferLocal']);
  }
  return { ...spec, loadBalancer: clean };
}
