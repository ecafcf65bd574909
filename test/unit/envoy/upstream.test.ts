/** Names, connections and health checks of a cluster, where the policy says more than the defaults. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cluster } from '../../../host/envoy/cluster.ts';
import { planFilter } from '../../../host/filter/plan.ts';
import type { HealthCheck, Pool } from '../../../host/plan/types.ts';
import { host, plan, pool } from './plans.ts';

const emitted = (over: Partial<Pool>) =>
  JSON.parse(
    JSON.stringify(
      cluster(
        pool('p', over),
        { engine: 'native', wasm: '', admin: { address: '127.0.0.1', port: 0 } },
        planFilter(plan([], []), 'native'),
      ),
    ),
  );

test('DNS: Envoy Gateway’s defaults, and what a policy says', () => {
  const lookup = (over: Partial<Pool>) => emitted({ discovery: 'dns', ...over }).cluster_type.typed_config;
  const type = 'type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster';
  assert.deepEqual(lookup({}), {
    '@type': type,
    dns_refresh_rate: '30s',
    respect_dns_ttl: true,
    dns_lookup_family: 'V4_PREFERRED',
  });
  assert.deepEqual(lookup({ dns: { refreshMs: 1500, respectTtl: false, family: 'IPv6Preferred' } }), {
    '@type': type,
    dns_refresh_rate: '1.500s',
    dns_lookup_family: 'AUTO',
  });
});

test('a panic threshold that is Envoy’s own is not said', () => {
  assert.equal(emitted({ panicThreshold: 50 }).common_lb_config, undefined);
  assert.deepEqual(emitted({ panicThreshold: 0 }).common_lb_config, {
    healthy_panic_threshold: { value: 0 },
  });
});

test('TCP keepalive: only what is set', () => {
  assert.equal(emitted({}).upstream_connection_options, undefined);
  assert.deepEqual(emitted({ tcpKeepalive: { idleSeconds: 60 } }).upstream_connection_options, {
    tcp_keepalive: { keepalive_time: 60 },
  });
});

test('HTTP/2: settings beside the default windows', () => {
  const [options] = Object.values<{ explicit_http_config: object }>(
    emitted({
      protocol: 'http2',
      http2: {
        connectionWindowBytes: 70_000,
        maxStreams: 5,
        resetStreamOnError: false,
        ping: { timeoutMs: 500, jitterPercent: 0 },
      },
    }).typed_extension_protocol_options,
  );
  assert.deepEqual(options?.explicit_http_config, {
    http2_protocol_options: {
      initial_stream_window_size: 65_536,
      initial_connection_window_size: 70_000,
      max_concurrent_streams: 5,
      override_stream_error_on_invalid_http_message: false,
      connection_keepalive: { timeout: '0.500s', interval_jitter: { value: 0 } },
    },
  });
});

test('the protocol of the client: both kinds of options', () => {
  const [options] = Object.values<{ explicit_http_config?: object; use_downstream_protocol_config: object }>(
    emitted({ clientProtocol: true, http2: { maxStreams: 5 } }).typed_extension_protocol_options,
  );
  assert.equal(options?.explicit_http_config, undefined);
  assert.deepEqual(options?.use_downstream_protocol_config, {
    http_protocol_options: {},
    http2_protocol_options: {
      initial_stream_window_size: 65_536,
      initial_connection_window_size: 1_048_576,
      max_concurrent_streams: 5,
    },
  });
});

const check: HealthCheck = {
  timeoutMs: 1000,
  intervalMs: 3000,
  unhealthyThreshold: 3,
  healthyThreshold: 1,
  hostNamed: false,
  check: { kind: 'http', path: '/', statuses: [200], retriableStatuses: [503, 500, 501] },
};
const localities = [
  {
    region: 'r',
    weight: 1,
    priority: 0,
    endpoints: [{ ...host('127.0.0.1'), hostname: 'one.example.org' }, host('127.0.0.2')],
  },
];

test('health check: statuses that only count, a body, another port, and the name of an endpoint', () => {
  const endpoints = (over: Partial<Pool>) =>
    emitted({ localities, ...over }).load_assignment.endpoints[0].lb_endpoints.map(
      (e: { endpoint: { hostname?: string; health_check_config?: object } }) => [
        e.endpoint.hostname,
        e.endpoint.health_check_config,
      ],
    );
  assert.deepEqual(endpoints({}), [
    ['one.example.org', undefined],
    [undefined, undefined],
  ]);
  assert.deepEqual(endpoints({ healthCheck: check }), [
    ['one.example.org', { hostname: 'one.example.org' }],
    [undefined, undefined],
  ]);
  assert.deepEqual(endpoints({ healthCheck: { ...check, port: 9090, hostNamed: true } }), [
    ['one.example.org', { port_value: 9090 }],
    [undefined, { port_value: 9090 }],
  ]);
  const sent = emitted({
    healthCheck: {
      ...check,
      check: {
        kind: 'http',
        path: '/',
        statuses: [],
        retriableStatuses: [503, 500],
        send: { kind: 'text', value: 'hi' },
      },
    },
  }).health_checks[0].http_health_check;
  assert.deepEqual(sent, {
    path: '/',
    retriable_statuses: [
      { start: 500, end: 501 },
      { start: 503, end: 504 },
    ],
    send: { text: '6869' },
  });
});
