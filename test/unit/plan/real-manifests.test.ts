/**
 * What manifests of real clusters need: two Gateways on one port, assumed sections, moved ports, rules that
 * are never reached.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { translate } from '../../../host/translate.ts';
import {
  basics,
  gateway,
  gatewayClass,
  httpRoute,
  lb,
  listener,
  type Manifest,
  policy,
  rule,
  target,
  upstream,
  world,
} from './world.ts';

const at = (addresses: Manifest[], one: Manifest): Manifest => ({ ...one, spec: { ...one.spec, addresses } });
const ip = (value: string): Manifest => ({ type: 'IPAddress', value });
const bound = (w: ReturnType<typeof world>) =>
  w.plan.listeners.map((l) => [l.name, l.address, l.moreAddresses ?? [], l.port]);
const translated = (manifests: Manifest[], more: object = {}) =>
  translate([{ file: 'a.yaml', text: manifests.map((one) => JSON.stringify(one)).join('\n---\n') }], {
    engine: 'native',
    wasm: '',
    admin: { address: '127.0.0.1', port: 0 },
    zone: undefined,
    strict: false,
    ...more,
  });

test('two Gateways on one port, each with its addresses: both are bound', () => {
  const w = world(
    gatewayClass,
    upstream,
    at([ip('127.0.0.2'), ip('::1')], gateway('a', [listener('http', 80)])),
    at([ip('127.0.0.3')], gateway('b', [listener('http', 80)])),
    httpRoute('r', [rule('/')], { parentRefs: [{ name: 'a' }, { name: 'b' }] }),
  );
  assert.deepEqual(bound(w), [
    ['default/a/http', '127.0.0.2', ['::1'], 10_080],
    ['default/b/http', '127.0.0.3', [], 10_080],
  ]);
  assert.deepEqual(w.codes(), []);
});

test('an address that the one of all interfaces contains is not bound once more', () => {
  const cases: [string[], string[]][] = [
    [['1.2.3.4', '0.0.0.0', '10.0.0.1'], ['0.0.0.0']],
    [
      ['::1', '0.0.0.0', '1.2.3.4'],
      ['::1', '0.0.0.0'],
    ],
    [
      ['::', '::1', '1.2.3.4'],
      ['::', '1.2.3.4'],
    ],
  ];
  for (const [given, taken] of cases) {
    const w = world(gatewayClass, at(given.map(ip), gateway('a', [listener('http', 80)])));
    assert.deepEqual(bound(w), [['default/a/http', taken[0], taken.slice(1), 10_080]]);
  }
});

const clashes: [string, Manifest[], Manifest[]][] = [
  ['both everywhere', [], []],
  ['one everywhere, one at an address', [], [ip('127.0.0.3')]],
  ['one at an address, one everywhere by name', [ip('127.0.0.2')], [ip('0.0.0.0')]],
  ['an address in common, in two spellings', [ip('::1')], [ip('0:0:0:0:0:0:0:1'), ip('127.0.0.3')]],
];
for (const [what, first, second] of clashes) {
  test(`two Gateways on one port, ${what}: the younger one is told, with both ways out`, () => {
    const w = world(
      gatewayClass,
      at(first, gateway('a', [listener('http', 80)])),
      at(second, gateway('b', [listener('http', 80)])),
    );
    const found = w.find('listener-conflict');
    assert.equal(found.resource, 'Gateway default/b');
    assert.match(found.hint!, /--gateway default\/b, give each its own spec\.addresses/);
    assert.deepEqual(
      w.plan.listeners.map((l) => l.name),
      ['default/a/http'],
    );
  });
}

test('an address that is none is an error, one of another type is named', () => {
  const bad = translated([gatewayClass, at([ip('1.2.3')], gateway('a'))]);
  assert.ok(
    bad.diagnostics.some(
      ({ code, field }) => code === 'address-invalid' && field === 'spec.addresses[0].value',
    ),
  );
  const named = translated([gatewayClass, at([{ type: 'Hostname', value: 'a.example.com' }], gateway('a'))]);
  assert.ok(
    named.diagnostics.some(({ code, severity }) => code === 'value-not-translated' && severity === 'warning'),
  );
  assert.equal(named.plan.listeners[0]!.address, '0.0.0.0');
});

const two = [
  gatewayClass,
  upstream,
  gateway('a', [listener('http', 80)]),
  gateway('b', [listener('http', 80)]),
  httpRoute('on-a', [rule('/a')], { parentRefs: [{ name: 'a' }] }),
  httpRoute('on-b', [rule('/b')], { parentRefs: [{ name: 'b' }] }),
  httpRoute('on-both', [rule('/both')], { parentRefs: [{ name: 'a' }, { name: 'b' }] }),
  policy('pa', [target('Gateway', 'a')], lb('Random')),
  policy('pb', [target('HTTPRoute', 'on-b')], lb('Random')),
].flat();

test('--gateway takes one of them, its routes and its policies, and nothing is said of the others', () => {
  const chosen = translated(two, { gateway: 'default/b' });
  assert.deepEqual(chosen.diagnostics, []);
  assert.deepEqual(
    chosen.plan.listeners.map((l) => l.name),
    ['default/b/http'],
  );
  assert.deepEqual(
    chosen.status.map(({ kind, name }) => `${kind} ${name}`),
    ['Gateway b', 'HTTPRoute on-b', 'HTTPRoute on-both', 'BackendTrafficPolicy pb'],
  );
  const both = translated(two);
  assert.ok(both.refused && both.diagnostics.some(({ code }) => code === 'listener-conflict'));
});

test('--gateway of a name that is not there: the nearest is told', () => {
  const { refused, diagnostics } = translated(two, { gateway: 'default/bb' });
  const found = diagnostics.find(({ code }) => code === 'gateway-unknown');
  assert.ok(refused);
  assert.match(found?.rule ?? '', /default\/a, default\/b/);
});

test('an assumed Gateway has every section that routes name, whatever the order of their names', () => {
  for (const [redirect, app] of [
    ['to-https', 'app'],
    ['a', 'z'],
  ] as const) {
    const w = world(
      upstream,
      httpRoute(redirect, [rule('/r')], { parentRefs: [{ name: 'eg', sectionName: 'http' }] }),
      httpRoute(app, [rule('/')], { parentRefs: [{ name: 'eg', sectionName: 'https' }] }),
    );
    assert.deepEqual(w.plan.listeners.map((l) => [l.name, l.port, l.declaredPort]).sort(), [
      ['default/eg/http', 10_080, 80],
      ['default/eg/https', 10_443, 443],
    ]);
    const warned = w.find('tls-not-translated');
    assert.equal(warned.severity, 'warning');
    assert.match(
      warned.message,
      /listener https is assumed to speak plain HTTP on port 443 \(bound as 10443\)/,
    );
    assert.equal(warned.field, 'spec.parentRefs[0].sectionName');
  }
});

test('an assumed Gateway has the ports that routes name', () => {
  const w = world(
    upstream,
    httpRoute('a', [rule('/a')], { parentRefs: [{ name: 'eg', port: 8080 }] }),
    httpRoute('b', [rule('/b')], { parentRefs: [{ name: 'eg', sectionName: 'web', port: 9090 }] }),
  );
  assert.deepEqual(w.plan.listeners.map((l) => l.port).sort(), [8080, 9090]);
});

test('privileged ports are bound as they stand, when that is asked for', () => {
  const { plan } = translated([gatewayClass, gateway('eg', [listener('http', 80)])], {
    privilegedPorts: true,
  });
  assert.deepEqual([plan.listeners[0]!.port, plan.listeners[0]!.declaredPort], [80, undefined]);
});

test('two rules of one route with one match: the second is told, the condition is not set', () => {
  const w = world(basics, httpRoute('r', [rule('/a'), rule('/b'), rule('/a')]));
  const found = w.find('routes-overlap');
  assert.equal(found.field, 'spec.rules[2]');
  assert.match(found.message, /spec\.rules\[0\] has the same match/);
  assert.equal(w.conditions('HTTPRoute', 'r').RouteRulesOverlap, undefined);
  const same = { matches: [{ path: { value: '/a' } }, { path: { value: '/a' } }] };
  assert.deepEqual(world(basics, httpRoute('r', [rule('/a', same)])).codes(), []);
});

test('a section that is right with a port that is wrong: the port is pointed at', () => {
  const w = world(
    basics,
    httpRoute('r', [rule('/')], { parentRefs: [{ name: 'eg', sectionName: 'http', port: 81 }] }),
  );
  const found = w.find('parent-refused');
  assert.deepEqual([found.field, found.value], ['spec.parentRefs[0].port', 81]);
  assert.match(found.hint!, /The listener http of default\/eg has port 80\./);
});
