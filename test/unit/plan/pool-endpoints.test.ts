/**
 * The endpoints of a pool: from slices, Backends and names, their protocols, and pools that share them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool } from '../../../host/plan/types.ts';
import { same } from '../../support/plain.ts';
import { hosts, on, RULE, second, shares } from './pools-world.ts';
import {
  backend,
  backendRef,
  basics,
  grpcRoute,
  httpRoute,
  lb,
  type Manifest,
  ref,
  rule,
  service,
  slice,
  world,
} from './world.ts';

test('endpoints of all slices, by name of the port; not ready drains; an address counts once', () => {
  const ready = (address: string, conditions: Manifest): Manifest => ({ addresses: [address], conditions });
  const w = world(
    basics.slice(0, 2),
    service('backend', { targetPort: 8080 }),
    slice('b', 'backend', [
      ready('10.0.0.4', { ready: false }),
      ready('10.0.0.5', { ready: false, serving: true, terminating: false }),
      ready('10.0.0.6', { ready: true, serving: true, terminating: true }),
      ready('10.0.0.7', { ready: true, serving: false, terminating: false }),
    ]),
    {
      ...slice('a', 'backend', ['10.0.0.1', '10.0.0.2', '10.0.0.1']),
      ports: [
        { name: 'http', protocol: 'TCP', port: 8080 },
        { name: 'metrics', protocol: 'TCP', port: 9000 },
      ],
    },
    slice('c', 'another', ['10.0.0.9']),
    shares(ref()),
  );
  same(
    w
      .pool(RULE)
      .localities[0]!.endpoints.map((e) => `${e.address}:${e.port}${e.draining ? ' draining' : ''}`),
    [
      '10.0.0.1:8080',
      '10.0.0.2:8080',
      '10.0.0.4:3000 draining',
      '10.0.0.5:3000',
      '10.0.0.6:3000 draining',
      '10.0.0.7:3000 draining',
    ],
  );
});

test('Backends: addresses, names by DNS, fallback as priority 1; names and addresses do not share a pool', () => {
  const ips = backend('ips', { endpoints: [{ ip: { address: '10.2.0.1', port: 80 } }] });
  const dns = backend('dns', { endpoints: [{ fqdn: { hostname: 'a.example.org', port: 443 } }] });
  const fallback = backend('fb', { fallback: true, endpoints: [{ ip: { address: '10.2.0.9', port: 80 } }] });
  const w = world(basics, ips, fallback, shares(backendRef('ips'), backendRef('fb')));
  same(
    w.pool(RULE).localities.map((l) => l.priority),
    [0, 1],
  );
  const named = world(
    basics,
    dns,
    shares(backendRef('dns')),
    on(lb('ConsistentHash', { consistentHash: { type: 'SourceIP' } })),
  );
  assert.equal(named.pool(RULE).discovery, 'dns');
  assert.equal(named.find('pool-dns').severity, 'notice');
  const mixed = world(basics, ips, dns, shares(backendRef('ips'), backendRef('dns')));
  same(
    mixed.plan.pools.map((p) => [p.name, p.discovery]),
    [
      [`${RULE}/backend/0`, 'static'],
      [`${RULE}/backend/1`, 'dns'],
    ],
  );
});

test('a health check: its port, and whose Host it asks for', () => {
  const named = backend('named', {
    endpoints: [{ hostname: 'one.example.org', ip: { address: '10.2.0.1', port: 80 } }],
  });
  const checked = (http: Manifest): Pool =>
    world(
      basics,
      named,
      shares(backendRef('named')),
      on({
        healthCheck: { active: { type: 'HTTP', overrides: { port: 9090 }, http: { path: '/', ...http } } },
      }),
    ).pool(RULE);
  const pool = checked({ retriableStatuses: [503, 500, 503] });
  assert.equal(pool.localities[0]?.endpoints[0]?.hostname, 'one.example.org');
  same([pool.healthCheck?.port, pool.healthCheck?.hostNamed], [9090, false]);
  same(pool.healthCheck?.check.kind === 'http' && pool.healthCheck.check.retriableStatuses, [500, 503]);
  assert.equal(checked({ hostname: 'check.example.org' }).healthCheck?.hostNamed, true);
});

test('protocols: GRPCRoutes and h2c ports speak HTTP/2; a WebSocket port keeps HTTP/1.1 to itself', () => {
  const protocols = (...refs: Manifest[]): string[] => {
    const w = world(
      basics,
      service('h2', { appProtocol: 'kubernetes.io/h2c' }),
      slice('h2-1', 'h2', ['10.3.0.1']),
      service('ws', { appProtocol: 'kubernetes.io/ws' }),
      slice('ws-1', 'ws', ['10.3.0.2']),
      shares(...refs),
    );
    return w.plan.pools.map((p) => p.protocol);
  };
  same(protocols(ref()), ['http1']);
  same(protocols(ref('h2')), ['http2']);
  same(protocols(ref('ws')), ['http1']);
  same(protocols(ref('ws'), ref('h2')), ['http1', 'http2']);
  const g = world(basics, grpcRoute('g', [{ backendRefs: [ref()] }]));
  assert.equal(g.pool('grpcroute/default/g/rule/0').protocol, 'http2');
});

test('filters of a backendRef: its own pool and edits', () => {
  const edited = ref('backend', {
    filters: [
      { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-a', value: '1' }] } },
      { type: 'URLRewrite', urlRewrite: { hostname: 'in.example.org' } },
    ],
  });
  const w = world(basics, second, shares(edited, ref('other')));
  const [a, b] = w.forward('r/0').to;
  same(a?.requestHeaders?.set, [{ name: 'x-a', value: '1' }]);
  assert.equal(a?.rewriteHost, 'in.example.org');
  assert.equal(b?.requestHeaders, undefined);
});

test('many routes to one Service share its endpoint list', () => {
  const w = world(basics, httpRoute('r1', [rule('/1')]), httpRoute('r2', [rule('/2')]));
  const [a, b] = w.plan.pools;
  assert.equal(a!.localities[0]!.endpoints, b!.localities[0]!.endpoints);
});

test('routingType Service: to the address of the Service, where it has one', () => {
  const through = (clusterIP: string) => {
    const of = [service('svc', {}, { spec: { clusterIP } }), slice('svc-1', 'svc', ['10.0.1.1', '10.0.1.2'])];
    return hosts(world(basics, of, shares(ref('svc')), on({ routingType: 'Service' })).pool(RULE));
  };
  same(through('10.96.0.7'), ['10.96.0.7:3000']);
  same(through('None'), ['10.0.1.1:3000 10.0.1.2:3000']);
});
