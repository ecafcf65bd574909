/**
 * mergeType: a route's policy laid over the nearest policy above it. Merged is what the user wrote, filled with the API's
 * defaults as a cluster would have (so a child that says `consistentHash` also says its default table size), and the
 * result is read by the schema again.
 */
import type { Diagnostic, Locate } from '../../diagnostics/diagnostic.ts';
import type { BackendTrafficPolicy, BackendTrafficPolicySpec } from '../../model/resources.ts';

type Plain = Readonly<Record<string, unknown>>;

/** The schema's reader of a policy spec; passed in, because the plan does not know the schema. */
export type ParsePolicySpec = (
  raw: unknown,
  at: Locate,
) => { spec?: BackendTrafficPolicySpec; diagnostics: readonly Diagnostic[]; invalid: readonly string[] };

export type MergedPolicy =
  | {
      readonly kind: 'merged';
      readonly spec: BackendTrafficPolicySpec;
      readonly diagnostics: readonly Diagnostic[];
    }
  /** The result says something that cannot be translated. */
  | {
      readonly kind: 'invalid';
      readonly messages: readonly string[];
      readonly diagnostics: readonly Diagnostic[];
    }
  /** There is no such way to merge. */
  | { readonly kind: 'unsupported'; readonly message: string };

/** Lays `child` over `parent` as the child's mergeType says. */
export function mergePolicies(
  parent: BackendTrafficPolicy,
  child: BackendTrafficPolicy,
  parse: ParsePolicySpec,
): MergedPolicy {
  const { mergeType } = child.spec;
  if (mergeType !== 'StrategicMerge' && mergeType !== 'JSONMerge') {
    return { kind: 'unsupported', message: `error merging policies: unsupported merge type: ${mergeType}` };
  }
  const merged = mergeRaw(withoutTargets(parent.spec.raw), child.spec.raw, mergeType);
  const { spec, invalid, diagnostics: all } = parse(merged, child.at);
  // What is not translated was named where it was written, in the parent or the child.
  const diagnostics = all.filter(({ code }) => code !== 'field-not-translated');
  if (spec === undefined || invalid.length > 0) {
    const messages = invalid.length > 0 ? invalid : diagnostics.map((d) => d.message);
    return { kind: 'invalid', messages, diagnostics };
  }
  return { kind: 'merged', spec, diagnostics };
}

/** The raw specs merged. Exported for tests. */
export function mergeRaw(parent: Plain, child: Plain, type: 'StrategicMerge' | 'JSONMerge'): Plain {
  return mergeValue(oneSpelling(parent), withDefaults(oneSpelling(child)), type, '') as Plain;
}

/** What a policy targets stays its own affair. */
function withoutTargets(raw: Plain): Plain {
  const { targetRef: _ref, targetRefs: _refs, targetSelectors: _selectors, mergeType: _type, ...rest } = raw;
  return rest;
}

const isMap = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lists that a strategic merge joins by a key (patchMergeKey in the Go types); all others are replaced. */
const KEYED_LISTS: Readonly<Record<string, string>> = {
  compression: 'type',
  compressor: 'type',
  httpUpgrade: 'type',
};

/** RFC 7386 for maps in both ways; null deletes. */
function mergeValue(parent: unknown, child: unknown, type: string, field: string): unknown {
  if (Array.isArray(child)) {
    const key = type === 'StrategicMerge' ? KEYED_LISTS[field] : undefined;
    return key === undefined || !Array.isArray(parent) ? child : mergeKeyed(parent, child, key, type);
  }
  if (!isMap(child)) return child;
  const merged: Record<string, unknown> = isMap(parent) ? { ...parent } : {};
  for (const [name, value] of Object.entries(child)) {
    if (value === null) delete merged[name];
    else merged[name] = mergeValue(merged[name], value, type, name);
  }
  return merged;
}

function mergeKeyed(
  parent: readonly unknown[],
  child: readonly unknown[],
  key: string,
  type: string,
): unknown[] {
  const idOf = (item: unknown): unknown => (isMap(item) ? item[key] : item);
  const placeOf = (item: unknown): number => parent.findIndex((other) => idOf(other) === idOf(item));
  const rest = parent.filter((item) => !child.some((other) => idOf(other) === idOf(item)));
  const merged: unknown[] = [];
  // The child's order counts; of the parent's others those come earlier that stood before one that both have.
  for (const item of child) {
    const at = placeOf(item);
    while (at >= 0 && rest.length > 0 && placeOf(rest[0]) < at) merged.push(rest.shift());
    merged.push(at < 0 ? item : mergeValue(parent[at], item, type, ''));
  }
  return [...merged, ...rest];
}

/** removeResponseHeaders and keepResponseHeaders say the same thing; merged it must be one of them. */
function oneSpelling(raw: Plain): Plain {
  const lb = raw.loadBalancer;
  if (!isMap(lb) || !isMap(lb.backendUtilization)) return raw;
  const { removeResponseHeaders, ...rest } = lb.backendUtilization;
  if (typeof removeResponseHeaders !== 'boolean') return raw;
  return {
    ...raw,
    loadBalancer: { ...lb, backendUtilization: { keepResponseHeaders: !removeResponseHeaders, ...rest } },
  };
}

/** Defaults of the v1.9 CRD, for the objects in which they stand; a leaf is set where the object exists and lacks it. */
const DEFAULTS: Plain = {
  loadBalancer: {
    consistentHash: { tableSize: 65_537 },
    backendUtilization: { keepResponseHeaders: false },
  },
  retry: { numRetries: 2 },
  circuitBreaker: {
    maxConnections: 1024,
    maxPendingRequests: 1024,
    maxParallelRequests: 1024,
    maxParallelRetries: 1024,
    perEndpoint: { maxConnections: 1024 },
  },
  healthCheck: {
    active: { timeout: '1s', interval: '3s', unhealthyThreshold: 3, healthyThreshold: 1 },
    passive: {
      splitExternalLocalOriginErrors: false,
      interval: '3s',
      consecutiveLocalOriginFailures: 5,
      consecutive5XxErrors: 5,
      baseEjectionTime: '30s',
      maxEjectionPercent: 10,
      alwaysEjectOneEndpoint: false,
    },
  },
};

function withDefaults(raw: Plain, defaults: Plain = DEFAULTS, top = true): Plain {
  const filled: Record<string, unknown> = { ...raw };
  for (const [name, value] of Object.entries(defaults)) {
    if (isMap(value)) {
      if (isMap(filled[name])) filled[name] = withDefaults(filled[name], value, false);
    } else if (!top && filled[name] === undefined) filled[name] = value;
  }
  return filled;
}
