/**
 * mergeType: a route's policy laid over the nearest policy above it. Merged is what the users wrote, filled
 * with the API's defaults as a cluster would have them (so a child that says `consistentHash` also says its
 * default table size), and the result is read like any other spec.
 */

import { POLICY_DEFAULTS } from '../../model/policy-defaults.ts';
import type { BackendTrafficPolicy, MergedSpec } from '../../model/resources.ts';
import { asObject } from '../words/findings.ts';
import { readSpec } from './backend-traffic-policy.ts';
import { keyFields } from './hash-key-rules.ts';
import { mergeTypes } from './targets.ts';

type Raw = Readonly<Record<string, unknown>>;
export type MergeType = (typeof mergeTypes)[number];

/** Merges `child` over `parent` by the child's mergeType. */
export function mergeSpecs(parent: BackendTrafficPolicy, child: BackendTrafficPolicy): MergedSpec {
  const type = mergeTypes.find((known) => known === child.spec.mergeType);
  if (type === undefined) {
    const message = `error merging policies: unsupported merge type: ${child.spec.mergeType}`;
    return { kind: 'unsupported', message };
  }
  const merged = mergeRaw(withoutTargets(parent.spec.raw), child.spec.raw, type);
  const { spec, invalid, diagnostics } = readSpec(withoutLeftovers(merged), child.at);
  if (spec !== undefined && invalid.length === 0) return { kind: 'merged', spec };
  // Fields that are not translated were already reported for the parent or the child.
  const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  return { kind: 'invalid', messages: invalid.length > 0 ? invalid : errors };
}

/** The raw specs merged. Exported for tests. */
export const mergeRaw = (parent: Raw, child: Raw, type: MergeType): Raw =>
  mergeValue(oneSpelling(parent), withDefaults(oneSpelling(child), POLICY_DEFAULTS), type, '') as Raw;

/** Targets are not merged. */
export function withoutTargets(raw: Raw): Raw {
  const { targetRef: _ref, targetRefs: _refs, targetSelectors: _selectors, mergeType: _type, ...rest } = raw;
  return rest;
}

/** Lists that a strategic merge joins by a key (patchMergeKey in the Go types); all others are replaced. */
const KEYED_LISTS: Readonly<Record<string, string>> = {
  compression: 'type',
  compressor: 'type',
  httpUpgrade: 'type',
};

/** RFC 7386 for maps in both ways; null deletes. */
export function mergeValue(parent: unknown, child: unknown, type: MergeType, field: string): unknown {
  if (Array.isArray(child)) {
    const key = type === 'StrategicMerge' ? KEYED_LISTS[field] : undefined;
    return key === undefined || !Array.isArray(parent) ? child : mergeKeyed(parent, child, key, type);
  }
  const patch = asObject(child);
  if (patch === undefined) return child;
  const merged: Record<string, unknown> = { ...asObject(parent) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergeValue(merged[name], value, type, name);
  }
  return merged;
}

function mergeKeyed(
  parent: readonly unknown[],
  child: readonly unknown[],
  key: string,
  type: MergeType,
): unknown[] {
  const idOf = (item: unknown): unknown => {
    const object = asObject(item);
    return object === undefined ? item : object[key];
  };
  const placeOf = (item: unknown): number => parent.findIndex((other) => idOf(other) === idOf(item));
  const rest = parent.filter((item) => !child.some((other) => idOf(other) === idOf(item)));
  const merged: unknown[] = [];
  // The child's order is kept; a parent's item comes earlier if it was before one that both have.
  for (const item of child) {
    const at = placeOf(item);
    while (at >= 0 && rest.length > 0 && placeOf(rest[0]) < at) merged.push(rest.shift());
    merged.push(at < 0 ? item : mergeValue(parent[at], item, type, ''));
  }
  return [...merged, ...rest];
}

/**
 * removeResponseHeaders and keepResponseHeaders are two names for one setting; the result must have only one.
 */
function oneSpelling(raw: Raw): Raw {
  const balancer = asObject(raw.loadBalancer);
  const { removeResponseHeaders: remove, ...rest } = asObject(balancer?.backendUtilization) ?? {};
  if (typeof remove !== 'boolean') return raw;
  const backendUtilization = { keepResponseHeaders: !remove, ...rest };
  return { ...raw, loadBalancer: { ...balancer, backendUtilization } };
}

/** A leaf of the table is set where its object exists and lacks it. */
function withDefaults(raw: Raw, defaults: Raw): Raw {
  const filled: Record<string, unknown> = { ...raw };
  for (const [name, value] of Object.entries(defaults)) {
    const [inner, given] = [asObject(value), asObject(filled[name])];
    if (inner === undefined && filled[name] === undefined) filled[name] = value;
    else if (inner !== undefined && given !== undefined) filled[name] = withDefaults(given, inner);
  }
  return filled;
}

const without = (object: Raw, fields: readonly string[]): Raw =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !fields.includes(key)));

/**
 * A merged policy can hold fields of two types: the parent's consistentHash beside the child's RoundRobin.
 * Envoy Gateway translates by `type` and never looks at the others, so they are removed before the merged
 * spec is checked.
 */
function withoutLeftovers(spec: Raw): Raw {
  const balancer = asObject(spec.loadBalancer);
  if (balancer === undefined || typeof balancer.type !== 'string') return spec;
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
    const own = keyFields[hash.type];
    clean.consistentHash = without(
      hash,
      Object.values(keyFields).filter((field) => field !== own),
    );
  }
  const zones = asObject(clean.zoneAware);
  if (zones !== undefined && (type === 'ConsistentHash' || type === 'BackendUtilization')) {
    clean.zoneAware = without(zones, ['preferLocal']);
  }
  return { ...spec, loadBalancer: clean };
}
