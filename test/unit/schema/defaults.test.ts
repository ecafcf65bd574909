/**
 * The CRD's defaults stand in one table: readers and merges take each from it, and no source writes one
 * again.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { POLICY_DEFAULTS } from '../../../host/model/policy-defaults.ts';
import type { BackendTrafficPolicy } from '../../../host/model/resources.ts';
import { mergeRaw } from '../../../host/schema/policy/merge.ts';
import { milliseconds } from '../../../host/schema/words/duration.ts';
import { policyWith, readText } from '../../support/manifest.ts';

type Plain = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Plain => typeof value === 'object' && value !== null;

/** Leaves of the table, by path. */
function leaves(table: Plain, path: readonly string[] = []): [path: readonly string[], value: unknown][] {
  return Object.entries(table).flatMap(([name, value]) =>
    isMap(value)
      ? leaves(value, [...path, name])
      : [[[...path, name], value] as [readonly string[], unknown]],
  );
}
/** A spec in which every object of the table stands, and each leaf is `leaf(value)`. */
const shaped = (table: Plain, leaf: (value: unknown) => unknown): Plain =>
  Object.fromEntries(
    Object.entries(table).flatMap(([name, value]) => {
      const made = isMap(value) ? shaped(value, leaf) : leaf(value);
      return made === undefined ? [] : [[name, made]];
    }),
  );
const at = (spec: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Plain | undefined)?.[name], spec);

test('a merge fills in every default of the table, over whatever the parent says', () => {
  const other = (value: unknown) =>
    typeof value === 'boolean' ? !value : typeof value === 'number' ? value + 1 : '9s';
  const merged = mergeRaw(
    shaped(POLICY_DEFAULTS, other),
    shaped(POLICY_DEFAULTS, () => undefined),
    'JSONMerge',
  );
  for (const [path, value] of leaves(POLICY_DEFAULTS)) assert.equal(at(merged, path), value, path.join('.'));
});

test('a reader fills in every default of the table', () => {
  const read = (spec: string): BackendTrafficPolicy['spec'] => {
    const [policy] = readText(policyWith(spec)).resources;
    assert.ok(policy?.kind === 'BackendTrafficPolicy');
    return policy.spec;
  };
  const spec = read(`retry: {}
circuitBreaker: {perEndpoint: {}, retryBudget: {percent: {numerator: 30}}}
healthCheck: {active: {type: TCP, tcp: {}}, passive: {}}
faultInjection: {delay: {fixedDelay: 1s}, abort: {httpStatus: 500}}
loadBalancer: {type: ConsistentHash, consistentHash: {type: SourceIP}}`);
  const { retry, circuitBreaker: breaker, healthCheck } = spec;
  const { active, passive } = healthCheck!;
  const hash = spec.loadBalancer?.type === 'ConsistentHash' ? spec.loadBalancer.consistentHash : undefined;
  const utilization = read('loadBalancer: {type: BackendUtilization, backendUtilization: {}}').loadBalancer;
  const found: Record<string, unknown> = {
    'loadBalancer.consistentHash.tableSize': hash?.tableSize,
    'loadBalancer.backendUtilization.keepResponseHeaders':
      utilization?.type === 'BackendUtilization' && utilization.backendUtilization.keepResponseHeaders,
    'retry.numRetries': retry?.numRetries,
    'circuitBreaker.maxConnections': breaker?.maxConnections,
    'circuitBreaker.maxPendingRequests': breaker?.maxPendingRequests,
    'circuitBreaker.maxParallelRequests': breaker?.maxParallelRequests,
    'circuitBreaker.maxParallelRetries': breaker?.maxParallelRetries,
    'circuitBreaker.perEndpoint.maxConnections': breaker?.perHostMaxConnections,
    'circuitBreaker.retryBudget.percent.denominator': (30 / breaker!.retryBudget!.percent) * 100,
    'faultInjection.delay.percentage': spec.handling?.fault?.delay?.percentage,
    'faultInjection.abort.percentage': spec.handling?.fault?.abort?.percentage,
    'healthCheck.active.timeout': active?.timeoutMs,
    'healthCheck.active.interval': active?.intervalMs,
    'healthCheck.active.unhealthyThreshold': active?.unhealthyThreshold,
    'healthCheck.active.healthyThreshold': active?.healthyThreshold,
    'healthCheck.passive.splitExternalLocalOriginErrors': passive?.splitExternalLocalOriginErrors,
    'healthCheck.passive.interval': passive?.intervalMs,
    'healthCheck.passive.consecutiveLocalOriginFailures': passive?.consecutiveLocalOriginFailures,
    'healthCheck.passive.consecutive5XxErrors': passive?.consecutive5xx,
    'healthCheck.passive.baseEjectionTime': passive?.baseEjectionMs,
    'healthCheck.passive.maxEjectionPercent': passive?.maxEjectionPercent,
    'healthCheck.passive.alwaysEjectOneEndpoint': passive?.alwaysEjectOne,
  };
  const table = leaves(POLICY_DEFAULTS).map(([path, value]): [string, unknown] => [
    path.join('.'),
    typeof value === 'string' ? milliseconds(value) : value,
  ]);
  assert.deepEqual(found, Object.fromEntries(table));
});

test('no source of the policy writes a default of its own', () => {
  const folders = ['host/schema/policy', 'host/plan/policies', 'host/plan/pools', 'host/envoy'];
  /**
   * Not the CRD's: an absent count, Envoy Gateway's zone-aware routing and weights of zones, a flag that no
   * listener needs.
   */
  const others = new Set([
    'host/plan/pools/balancer.ts: ?? 0',
    'host/plan/pools/balancer.ts: ?? 1',
    'host/plan/pools/pools.ts: ?? 0',
    'host/plan/pools/pools.ts: ?? 1',
    'host/envoy/listener.ts: ?? false',
    'host/envoy/handling/limit-actions.ts: ?? 0',
  ]);
  const root = new URL('../../../', import.meta.url);
  const found = folders.flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) =>
        [
          ...readFileSync(new URL(`${folder}/${name}`, root), 'utf8').matchAll(
            /\?\? (?:true|false|[\d_]{1,}|'\d+m?s')/g,
          ),
        ].map(([text]) => `${folder}/${name}: ${text}`),
      ),
  );
  assert.deepEqual(
    found.filter((one) => !others.has(one)),
    [],
  );
});
