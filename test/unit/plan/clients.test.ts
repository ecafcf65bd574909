/** Which ClientTrafficPolicy holds on which listener, its conditions, and listeners that share a port. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientPolicy } from '../../support/manifests.ts';
import { ACCEPTED, conditionsOf, held, https, keepalive, two, withListeners } from './clients-world.ts';
import {
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  type Manifest,
  target,
  upstream,
  type World,
  world,
} from './world.ts';

test('a policy for a Gateway holds on all its listeners, one for a listener on that alone, before the other', () => {
  const all = withListeners(two, clientPolicy(keepalive));
  assert.deepEqual(all.all, []);
  assert.deepEqual(held(all), { 'eg/one': 'clients', 'eg/two': 'clients' });
  const both = withListeners(two, clientPolicy(keepalive), clientPolicy({}, 'two', 'near'));
  assert.deepEqual(held(both), { 'eg/one': 'clients', 'eg/two': 'near' });
  assert.deepEqual(conditionsOf(both), [
    {
      Overridden:
        'True Overridden: There are existing ClientTrafficPolicies that are overriding these sections [two]',
      ...ACCEPTED,
    },
  ]);
  assert.deepEqual(conditionsOf(both, 'near'), [ACCEPTED]);
});

test('of two policies for one target the older has it', () => {
  const whole = withListeners(two, clientPolicy({}), clientPolicy({}, undefined, 'later'));
  assert.deepEqual(conditionsOf(whole, 'later'), [
    {
      Accepted:
        'False Conflicted: Unable to target Gateway eg, another ClientTrafficPolicy has already attached to it',
    },
  ]);
  assert.equal(whole.find('policy-conflict').severity, 'error');
  const section = withListeners(two, clientPolicy({}, 'two'), clientPolicy({}, 'two', 'later'));
  assert.deepEqual(conditionsOf(section, 'later'), [
    {
      Accepted:
        'False Conflicted: Unable to target section of eg, another ClientTrafficPolicy has already attached to it',
    },
  ]);
});

test('targets by selector, unknown ones, sections that are not there, and the old names of fields', () => {
  const { spec, ...rest } = clientPolicy({});
  const selecting = {
    ...rest,
    spec: { targetSelectors: [{ kind: 'Gateway', matchLabels: { tier: 'edge' } }] },
  };
  const labelled = gateway('eg', two, { labels: { tier: 'edge' } });
  assert.deepEqual(held(world(gatewayClass, upstream, labelled, selecting)), {
    'eg/one': 'clients',
    'eg/two': 'clients',
  });
  assert.equal(
    withListeners(two, { ...rest, spec: { targetRefs: [target('Gateway', 'other')] } }).find('target-unknown')
      .severity,
    'warning',
  );
  const missing = withListeners(two, clientPolicy({}, 'three'));
  assert.deepEqual(conditionsOf(missing), [
    { Accepted: 'False TargetNotFound: No section name three found for Gateway default/eg' },
  ]);
  assert.equal(missing.find('section-unknown').severity, 'error');
  const old = withListeners(two, {
    ...rest,
    spec: {
      targetRef: target('Gateway', 'eg'),
      enableProxyProtocol: true,
      headers: { preserveXRequestID: true },
    },
  });
  assert.equal(
    conditionsOf(old)[0]?.Warning,
    'True DeprecatedField: spec.enableProxyProtocol is deprecated, use spec.proxyProtocol instead; spec.headers.preserveXRequestID is deprecated, use spec.headers.requestID instead; spec.targetRef is deprecated, use spec.targetRefs instead',
  );
  assert.deepEqual(
    old.all.map(({ code }) => code),
    ['field-deprecated', 'field-deprecated', 'field-deprecated'],
  );
});

test('listeners in plain text that share a port have one policy, or the one that has its own is closed', () => {
  const shared = [
    listener('one', 8080, { hostname: 'a.example.com' }),
    listener('two', 8080, { hostname: 'b.example.com' }),
  ];
  assert.deepEqual(withListeners(shared, clientPolicy({})).all, []);
  const near = withListeners(shared, clientPolicy({}, 'two'));
  assert.equal(near.find('policy-port-shared').severity, 'error');
  assert.deepEqual(conditionsOf(near), [
    {
      Accepted:
        'False Invalid: ClientTrafficPolicy is being applied to multiple http (non https) listeners (default/eg/one) on the same port, which is not allowed.',
    },
  ]);
  assert.deepEqual(
    near.plan.listeners[0]!.virtualHosts.map(({ domains, routes }) => [domains[0], routes[0]!.action.kind]),
    [
      ['a.example.com', 'forward'],
      ['b.example.com', 'respond'],
    ],
  );
  const gateways = world(
    gatewayClass,
    upstream,
    gateway('eg', [shared[0]!]),
    gateway('other', [shared[1]!]),
    httpRoute('r', undefined, { hostnames: undefined }),
    clientPolicy({}),
  );
  assert.equal(gateways.find('policy-port-shared').severity, 'error');
});

test('with TLS each listener has its own, but for what concerns the port', () => {
  const listeners = [https('a', 'a.example.com'), https('b', 'b.example.com')];
  const own = withListeners(listeners, clientPolicy({ path: { disableMergeSlashes: true } }, 'a'));
  assert.deepEqual(own.all, []);
  assert.deepEqual(held(own), { 'eg/a': 'clients', 'eg/b': undefined });
  const proxied = withListeners(listeners, clientPolicy({ proxyProtocol: { optional: true } }, 'a'));
  assert.equal(proxied.find('policy-port-shared').severity, 'error');
  assert.deepEqual(held(proxied), { 'eg/a': 'closed', 'eg/b': undefined });
  assert.ok(proxied.plan.listeners.every(({ socket }) => socket === undefined));
  const both = withListeners(listeners, clientPolicy({ proxyProtocol: {} }));
  assert.deepEqual(
    both.plan.listeners.map(({ socket }) => socket?.proxyProtocol),
    [{ optional: false }, { optional: false }],
  );
  const buffers = withListeners(
    listeners,
    clientPolicy({ connection: { bufferLimit: '64Ki' } }, 'a'),
    clientPolicy({ connection: { bufferLimit: '1Mi' } }, 'b', 'late'),
  );
  assert.equal(buffers.find('value-without-effect').resource, 'ClientTrafficPolicy default/late');
  assert.deepEqual(
    buffers.plan.listeners.map(({ socket }) => socket?.bufferBytes),
    [65_536, 65_536],
  );
});

test('the host of HTTP/1.0: of the listener, or the only one of its routes', () => {
  const http10 = clientPolicy({ http1: { http10: { useDefaultHost: true } } });
  const hostOf = (w: World) => w.plan.listeners[0]?.clients?.http10Host;
  assert.equal(
    hostOf(withListeners([listener('one', 80, { hostname: 'a.example.com' })], http10)),
    'a.example.com',
  );
  const route = (name: string, hostname: string) => httpRoute(name, undefined, { hostnames: [hostname] });
  const served = (...routes: Manifest[]) =>
    world(gatewayClass, upstream, gateway('eg', [listener('one', 80)]), http10, ...routes);
  assert.equal(hostOf(served(route('r', 'b.example.com'), route('w', '*.example.com'))), 'b.example.com');
  for (const routes of [
    [route('w', '*.example.com')],
    [route('r', 'b.example.com'), route('s', 'c.example.com')],
  ]) {
    const w = served(...routes);
    assert.equal(w.find('http10-host').severity, 'error');
    assert.deepEqual(held(w), { 'eg/one': 'closed' });
    assert.match(conditionsOf(w)[0]?.Accepted ?? '', /^False Invalid: HTTP1: cannot set http10 default host/);
  }
});

test('a pool is HTTP/1.1 as its first listener has it, and another one is told', () => {
  const http1 = { http1: { enableTrailers: true } };
  const whole = withListeners(two, clientPolicy(http1));
  assert.deepEqual(whole.pool('httproute/default/r/rule/0').http1, { trailers: true, preserveCase: false });
  assert.deepEqual(whole.all, []);
  const second = withListeners(two, clientPolicy(http1, 'two'));
  assert.equal(second.find('pool-shared').resource, 'ClientTrafficPolicy default/clients');
  assert.equal(second.pool('httproute/default/r/rule/0').http1, undefined);
});

test('a pattern that Envoy would not take, or that would take the path away, closes the listener', () => {
  const removing = (value: string) =>
    clientPolicy({
      headers: { earlyRequestHeaders: { removeOnMatch: [{ type: 'RegularExpression', value }] } },
    });
  for (const [value, says] of [
    ['x-(', /missing/],
    ['.*', /matches :authority, which is no header/],
    ['(x|:pa)th', /matches :path/],
  ] as const) {
    const w = withListeners(two, removing(value));
    assert.match(w.find('pattern-invalid').message, says);
    assert.deepEqual(held(w), { 'eg/one': 'closed', 'eg/two': 'closed' });
  }
  assert.deepEqual(withListeners(two, removing('x-.*')).all, []);
});
