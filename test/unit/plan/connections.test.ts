/** TLSRoutes and TCPRoutes: which connections each gets, and the conditions of listeners and routes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  certificateRefs,
  closedOn,
  ends,
  https,
  on,
  pass,
  route,
  served,
  tables,
  tcp,
} from './connections-world.ts';
import {
  connectionRoute,
  gateway,
  gatewayClass,
  httpRoute,
  rule,
  upstream,
  type World,
  world,
} from './world.ts';

test('a TCPRoute has the listener, its pool is named as Envoy Gateway names it', () => {
  const w = on([tcp('db')], connectionRoute('TCPRoute', 'db'));
  assert.deepEqual(w.all, []);
  assert.deepEqual(tables(w), { db: [served('tcproute', 'db')] });
  const [pool] = w.plan.pools;
  assert.deepEqual(
    [pool?.protocol, pool?.balancer.kind, pool?.localities[0]?.region],
    ['tcp', 'least-request', 'tcproute/default/db/rule/-1/backend/0'],
  );
  assert.equal(w.conditions('TCPRoute', 'db').Accepted?.status, 'True');
});

test('of TCPRoutes for one listener the older has it, and both are accepted', () => {
  const [young, old] = ['2024-01-02', '2024-01-01'].map((day) => `${day}T00:00:00Z`);
  const of = (name: string, creationTimestamp?: string) =>
    connectionRoute('TCPRoute', name, undefined, {}, { creationTimestamp });
  const w = on([tcp('db')], of('a', young), of('b', old));
  assert.deepEqual(tables(w), { db: [served('tcproute', 'b')] });
  assert.deepEqual(w.codes(), ['routes-overlap']);
  assert.match(w.find('routes-overlap').message, /TCPRoute default\/b comes first.* gets no connection/);
  for (const name of ['a', 'b']) assert.equal(w.conditions('TCPRoute', name).Accepted?.status, 'True');
});

test('a server name belongs to the narrowest listener, there to the older route; the rest is closed', () => {
  const w = on(
    [
      pass('any'),
      pass('wide', '*.example.com'),
      https('shop', 'shop.example.com'),
      ends('mail', 'mail.example.com'),
    ],
    route('all', ['*.org', 'a.example.com', 'shop.example.com'], 'any'),
    route('first', ['b.example.com', 'c.example.com'], 'wide'),
    route('second', ['c.example.com', 'd.example.com'], 'wide'),
    httpRoute('web', [rule('/')], { hostnames: [], parentRefs: [{ name: 'eg', sectionName: 'shop' }] }),
  );
  assert.deepEqual(tables(w), {
    any: [served('tlsroute', 'all', '*.org')],
    wide: [
      served('tlsroute', 'first', 'b.example.com c.example.com'),
      served('tlsroute', 'second', 'd.example.com'),
      closedOn('wide', '*.example.com'),
    ],
    shop: [],
    mail: [closedOn('mail', 'mail.example.com')],
  });
  assert.deepEqual(w.codes(), ['routes-overlap']);
  assert.match(w.find('routes-overlap').message, /first comes first for c\.example\.com/);
});

test('a listener for TLS without routes closes what comes; alone on its port it says so once', () => {
  assert.deepEqual(tables(on([pass('tls')])), { tls: [closedOn('tls')] });
  assert.deepEqual(tables(on([tcp('db')])), { db: [closedOn('db')] });
  const one = on([pass('tls', '*.example.com')], route('a', ['a.example.com']));
  assert.deepEqual(tables(one), { tls: [served('tlsroute', 'a', 'a.example.com')] });
});

test('what TLS ends at is in the plan: nobody, the backend, here', () => {
  const kinds = on([tcp('db'), pass('pass', 'a.example.com'), ends('here', 'b.example.com')]).plan.listeners;
  assert.deepEqual(
    kinds.map(({ connections, tls }) => [connections?.kind, tls]),
    [
      ['tcp', undefined],
      ['tls-passthrough', undefined],
      ['tls-terminate', { certificates: ['default/wild'] }],
    ],
  );
});

const listenerStatus = (w: World, index = 0) => {
  const found = w.status.find(({ kind }) => kind === 'Gateway');
  assert.ok(found?.kind === 'Gateway');
  const { supportedKinds, attachedRoutes, conditions } = found.listeners[index]!;
  return {
    kinds: supportedKinds.map(({ kind }) => kind),
    attachedRoutes,
    conditions: conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
  };
};
const WELL = ['Programmed True Programmed', 'Accepted True Accepted', 'ResolvedRefs True ResolvedRefs'];

for (const [what, of, kinds] of [
  ['TCP', tcp('x'), ['TCPRoute']],
  ['TLS, Passthrough', pass('x'), ['TLSRoute']],
  ['TLS, Terminate', ends('x'), ['TCPRoute', 'TLSRoute']],
] as const) {
  test(`supportedKinds of ${what}`, () => {
    const status = listenerStatus(on([of]));
    assert.deepEqual([status.kinds, status.conditions], [kinds, WELL]);
  });
}

test('allowedRoutes asks for a kind that the protocol does not take', () => {
  const w = on(
    [pass('x', undefined, { allowedRoutes: { kinds: [{ kind: 'TCPRoute' }] } })],
    route('a', ['a.b']),
  );
  const status = listenerStatus(w);
  assert.deepEqual(status.kinds, []);
  assert.equal(status.conditions[0], 'ResolvedRefs False InvalidRouteKinds');
  assert.equal(
    w.find('value-not-supported').message,
    'TCPRoute is not supported, kind must be one of [TLSRoute].',
  );
});

test('a route to a listener of another protocol is refused, and told what that takes', () => {
  const w = on(
    [tcp('db'), pass('tls')],
    connectionRoute('TCPRoute', 'db', undefined, { parentRefs: [{ name: 'eg', sectionName: 'tls' }] }),
  );
  assert.equal(w.conditions('TCPRoute', 'db').Accepted?.reason, 'NotAllowedByListeners');
  assert.equal(w.find('parent-refused').hint, 'The listener tls (TLS) takes TLSRoute.');
});

test('no hostname in common', () => {
  const w = on([pass('tls', '*.example.com')], route('a', ['a.example.org']));
  const { reason, message } = w.conditions('TLSRoute', 'a').Accepted!;
  assert.deepEqual(
    [reason, message],
    [
      'NoMatchingListenerHostname',
      "There were no hostname intersections between the TLSRoute and this parent ref's Listener(s).",
    ],
  );
});

test('certificates beside Passthrough, and two TCP listeners on one port of two Gateways', () => {
  const needless = on([pass('tls', undefined, { tls: { mode: 'Passthrough', certificateRefs } })]);
  assert.deepEqual(listenerStatus(needless).conditions, ['Programmed False Invalid', WELL[2]]);
  assert.deepEqual(needless.codes(), ['field-conflict', 'nothing-listens'].slice(0, 1));
  const two = world(gatewayClass, upstream, gateway('a', [tcp('db')]), gateway('b', [tcp('db')]));
  assert.equal(two.find('listener-conflict').message, 'Only one TCP listener is allowed in a given port.');
  assert.equal(two.plan.listeners.length, 1);
});

test('HTTPS and TLS share a port; TCP beside them is a conflict of protocols', () => {
  const w = on([https('a', 'a.example.com'), pass('b', 'b.example.com')]);
  assert.deepEqual(w.codes(), []);
  const clash = on([tcp('a', 8443), pass('b')]);
  assert.equal(clash.plan.listeners.length, 0);
  assert.match(clash.find('listener-conflict').message, /compatible protocol/);
});
