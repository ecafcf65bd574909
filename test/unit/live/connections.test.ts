/** Connections under `run`: names of their pools, what a line says of changes, and what drains. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesBetween } from '../../../host/live/changes.ts';
import { type Configuration, configurationOf } from '../../../host/live/configuration.ts';
import { drainsOf } from '../../../host/live/drains.ts';
import { liveFilterOptions } from '../../support/engine-options.ts';
import {
  connectionRoute,
  gateway,
  gatewayClass,
  lb,
  listener,
  type Manifest,
  policy,
  ref,
  service,
  slice,
  target,
  upstream,
  world,
} from '../plan/world.ts';

const options = liveFilterOptions();
const other = [service('other'), slice('other-1', 'other', ['10.0.1.1'])];
const pass = (name: string, hostname: string): Manifest =>
  listener(name, 8443, { protocol: 'TLS', hostname, tls: { mode: 'Passthrough' } });
const tls = (name: string, sectionName = 'a'): Manifest =>
  connectionRoute('TLSRoute', name, undefined, {
    hostnames: [`${name}.example.com`],
    parentRefs: [{ name: 'eg', sectionName }],
  });
const of = (listeners: Manifest[], ...more: Manifest[]): Configuration =>
  configurationOf(world(gatewayClass, upstream, other, gateway('eg', listeners), ...more).plan, options);
const tcp = (refs: Manifest[] | undefined, ...more: Manifest[]): Configuration =>
  of([listener('db', 9000, { protocol: 'TCP' })], connectionRoute('TCPRoute', 'd.b', refs), ...more);
const clusters = ({ resources }: Configuration): string[] => [...resources.cds.keys()];
const changes = (a: Configuration, b: Configuration): string[] => changesBetween(a.named, b.named);
const drains = (a: Configuration, b: Configuration): string[] => drainsOf(a.resources, b.resources, 5);

test('a pool of connections is named by its route: other backends and weights change no name, no listener', () => {
  const [one, two, both] = [
    tcp(undefined),
    tcp([ref('other')]),
    tcp([ref('backend', { weight: 3 }), ref('other')]),
  ];
  for (const each of [one, two, both]) assert.deepEqual(clusters(each), ['tcproute/default/d_b/to']);
  for (const each of [two, both]) assert.deepEqual(drains(one, each), []);
  assert.deepEqual(changes(one, two), [
    'pool tcproute/default/d.b: +10.0.1.1:3000, -10.0.0.1:3000, -10.0.0.2:3000',
  ]);
});

test('where each backend has a pool, it is named by that', () => {
  const split = tcp([ref('backend'), ref('gone')]);
  assert.match(clusters(split).join(), /^tcproute\/default\/d_b\/to\/backend\/[0-9a-f]{10}$/);
});

test('the key is a part of the listener', () => {
  const hashed = tcp(
    undefined,
    policy('p', [target('TCPRoute', 'd.b')], lb('ConsistentHash', { consistentHash: { type: 'SourceIP' } })),
  );
  const plain = tcp(undefined);
  assert.deepEqual(drains(plain, hashed), ['listener default/eg/db drains: its connections end within 5 s']);
  assert.deepEqual(changes(plain, hashed), [
    'pool tcproute/default/d.b: balancer changed by BackendTrafficPolicy default/p',
    'tcproute/default/d.b changed',
    'tcproute/default/d.b: BackendTrafficPolicy default/p holds',
  ]);
  assert.ok(
    changes(hashed, plain).includes('tcproute/default/d.b: BackendTrafficPolicy default/p no longer holds'),
  );
});

test('of several on a port only what goes or changes drains', () => {
  const wide = [pass('a', '*.example.com')];
  const [one, two] = [of(wide, tls('x')), of(wide, tls('x'), tls('y'))];
  assert.deepEqual(drains(one, two), []);
  assert.deepEqual(changes(one, two), [
    'pool tlsroute/default/y added with 2 hosts',
    'tlsroute/default/y added',
  ]);
  assert.deepEqual(drains(two, one), [
    'tlsroute/default/y on listener default/eg/a drains: its connections end within 5 s',
  ]);
  assert.deepEqual(drains(two, of([pass('b', '*.example.org')])), [
    'listener default/eg/a drains: its connections end within 5 s',
  ]);
});
