/**
 * Each balancer of the plan as Envoy's typed policy: names and fields as Envoy Gateway v1.9.1 emits them, and
 * where we differ.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadBalancingPolicy } from '../../../host/envoy/load-balancing.ts';
import type { Balancer, Pool } from '../../../host/plan/types.ts';
import { pool } from './plans.ts';

const TYPE = 'type.googleapis.com/envoy.extensions.load_balancing_policies';

/** Name and configuration of the one policy, without the prefixes. */
function policyOf(over: Partial<Pool>): [string, object] {
  const { policies = [] } = loadBalancingPolicy(pool('p', over));
  assert.equal(policies.length, 1);
  const { name, typed_config } = JSON.parse(JSON.stringify(policies[0]!.typed_extension_config));
  const { '@type': type, ...config } = typed_config;
  assert.ok(type.startsWith(`${TYPE}.`));
  assert.equal(type.slice(TYPE.length + 1).split('.')[0], name.replace('envoy.load_balancing_policies.', ''));
  return [name.replace('envoy.load_balancing_policies.', ''), config];
}

const weighted = { locality_lb_config: { locality_weighted_lb_config: {} } };
const utilization = (over: object = {}): Balancer => ({
  kind: 'utilization',
  localityWeighted: false,
  metricNames: [],
  ...over,
});

test('round robin, random and least request weigh localities', () => {
  assert.deepEqual(policyOf({ balancer: { kind: 'round-robin' } }), ['round_robin', weighted]);
  assert.deepEqual(policyOf({ balancer: { kind: 'random' } }), ['random', weighted]);
  assert.deepEqual(policyOf({ balancer: { kind: 'least-request' } }), ['least_request', weighted]);
});

test('slow start is only a window', () => {
  assert.deepEqual(policyOf({ balancer: { kind: 'round-robin' }, slowStartMs: 30_000 }), [
    'round_robin',
    { ...weighted, slow_start_config: { slow_start_window: '30s' } },
  ]);
});

test('zone preference takes the place of locality weights', () => {
  const zones = { minClusterSize: 6, percentage: 75, forceMinSize: 2 };
  assert.deepEqual(policyOf({ balancer: { kind: 'random', zones } }), [
    'random',
    {
      locality_lb_config: {
        zone_aware_lb_config: {
          min_cluster_size: 6,
          routing_enabled: { value: 75 },
          force_local_zone: { min_size: 2 },
        },
      },
    },
  ]);
});

test('maglev counts backend weights when asked to, which Envoy Gateway does not', () => {
  assert.deepEqual(policyOf({ balancer: { kind: 'maglev', tableSize: 1021, localityWeighted: false } }), [
    'maglev',
    { table_size: 1021 },
  ]);
  assert.deepEqual(policyOf({ balancer: { kind: 'maglev', tableSize: 1021, localityWeighted: true } }), [
    'maglev',
    { table_size: 1021, locality_weighted_lb_config: {} },
  ]);
});

test('utilization: nothing by default, every field when given', () => {
  assert.deepEqual(policyOf({ balancer: utilization() }), ['client_side_weighted_round_robin', {}]);
  assert.deepEqual(
    policyOf({
      slowStartMs: 10_000,
      balancer: utilization({
        blackoutMs: 20_000,
        expirationMs: 120_000,
        updateMs: 500,
        errorPenalty: 1.5,
        metricNames: ['named_metrics.foo'],
        outOfBand: { periodMs: 5000, port: 9001, authority: 'orca.example.com' },
      }),
    }),
    [
      'client_side_weighted_round_robin',
      {
        blackout_period: '20s',
        weight_expiration_period: '120s',
        weight_update_period: '0.500s',
        error_utilization_penalty: 1.5,
        metric_names_for_computing_utilization: ['named_metrics.foo'],
        slow_start_config: { slow_start_window: '10s' },
        enable_oob_load_report: true,
        oob_reporting_period: '5s',
        oob_reporting_config: { port_value: 9001, authority: 'orca.example.com' },
      },
    ],
  );
  assert.deepEqual(policyOf({ balancer: utilization({ outOfBand: {} }) })[1], {
    enable_oob_load_report: true,
  });
});

test('utilization with weighted backends goes into wrr_locality', () => {
  const [name, config] = policyOf({ balancer: utilization({ localityWeighted: true }) });
  assert.equal(name, 'wrr_locality');
  assert.deepEqual(config, {
    endpoint_picking_policy: {
      policies: [
        {
          typed_extension_config: {
            name: 'envoy.load_balancing_policies.client_side_weighted_round_robin',
            typed_config: {
              '@type': `${TYPE}.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin`,
            },
          },
        },
      ],
    },
  });
});

test('a client may name the host: the policy behind keeps its table size, weights and slow start', () => {
  const [name, config] = policyOf({
    overrideHeaders: ['x-a', 'x-b'],
    balancer: { kind: 'maglev', tableSize: 1021, localityWeighted: true },
  });
  assert.equal(name, 'override_host');
  assert.deepEqual(config, {
    override_host_sources: [{ header: 'x-a' }, { header: 'x-b' }],
    fallback_policy: JSON.parse(
      JSON.stringify(
        loadBalancingPolicy(
          pool('p', { balancer: { kind: 'maglev', tableSize: 1021, localityWeighted: true } }),
        ),
      ),
    ),
  });
});
