/** mergeType: RFC 7386 (its own examples), list keys of a strategic merge, and the API's defaults. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeRaw } from '../../../host/schema/policy/merge.ts';
import {
  basics,
  gateway,
  gatewayClass,
  httpRoute,
  lb,
  listener,
  policy,
  rule,
  target,
  upstream,
  world,
} from './world.ts';

// RFC 7386, appendix A, as far as target and patch are objects.
const rfc: [object, object, object][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];
for (const [original, patch, result] of rfc) {
  test(`${JSON.stringify(original)} with ${JSON.stringify(patch)}`, () => {
    assert.deepEqual(mergeRaw(original as never, patch as never, 'JSONMerge'), result);
  });
}

test('a strategic merge joins lists that have a key, and replaces all others', () => {
  const parent = {
    compression: [{ type: 'Gzip', a: 1 }, { type: 'Brotli' }],
    retry: { retryOn: { triggers: ['5xx'] } },
  };
  const child = {
    compression: [{ type: 'Gzip', b: 2 }],
    retry: { numRetries: 1, retryOn: { triggers: ['reset'] } },
  };
  assert.deepEqual(mergeRaw(parent, child, 'StrategicMerge'), {
    compression: [{ type: 'Gzip', a: 1, b: 2 }, { type: 'Brotli' }],
    retry: { numRetries: 1, retryOn: { triggers: ['reset'] } },
  });
  assert.deepEqual(mergeRaw(parent, child, 'JSONMerge').compression, [{ type: 'Gzip', b: 2 }]);
});

test('a keyed list: the child’s order, and the parent’s others where they stood', () => {
  const order = (parent: string[], child: string[]) => {
    const list = (types: string[]) => ({ httpUpgrade: types.map((type) => ({ type })) });
    const { httpUpgrade } = mergeRaw(list(parent), list(child), 'StrategicMerge');
    return (httpUpgrade as { type: string }[]).map(({ type }) => type).join(' ');
  };
  assert.equal(order(['a'], ['b']), 'b a');
  assert.equal(order(['a', 'b', 'c'], ['b', 'd']), 'a b d c');
  assert.equal(order(['a', 'b'], ['b', 'a']), 'b a');
});

test('the child’s objects come with their defaults, as from a cluster', () => {
  const parent = { loadBalancer: { consistentHash: { tableSize: 1021 } }, retry: { numRetries: 5 } };
  const child = { loadBalancer: { type: 'ConsistentHash', consistentHash: { type: 'SourceIP' } } };
  assert.deepEqual(mergeRaw(parent, child, 'StrategicMerge'), {
    loadBalancer: { type: 'ConsistentHash', consistentHash: { type: 'SourceIP', tableSize: 65_537 } },
    retry: { numRetries: 5 },
  });
});

test('a share of the child is one of a hundred, whatever the parent’s was of', () => {
  const budget = (percent: object) => ({ circuitBreaker: { retryBudget: { percent } } });
  const merged = mergeRaw(
    budget({ numerator: 5, denominator: 1000 }),
    budget({ numerator: 20 }),
    'JSONMerge',
  );
  assert.deepEqual((merged as ReturnType<typeof budget>).circuitBreaker.retryBudget.percent, {
    numerator: 20,
    denominator: 100,
  });
});

test('removeResponseHeaders of one and keepResponseHeaders of the other do not contradict: the child wins', () => {
  const on = (name: string, value: boolean) => ({ loadBalancer: { backendUtilization: { [name]: value } } });
  const merged = (parent: object, child: object): unknown =>
    (mergeRaw(parent as never, child as never, 'JSONMerge') as ReturnType<typeof on>).loadBalancer
      .backendUtilization;
  assert.deepEqual(merged(on('keepResponseHeaders', true), on('removeResponseHeaders', true)), {
    keepResponseHeaders: false,
  });
  assert.deepEqual(merged(on('removeResponseHeaders', true), on('keepResponseHeaders', true)), {
    keepResponseHeaders: true,
  });
});

const onGateway = policy('p-gw', [target('Gateway', 'eg')], { ...lb('Random'), retry: { numRetries: 4 } });
const onRoute = (spec: object) => policy('p', [target('HTTPRoute', 'r')], spec);

test('merged: the route’s load balancer, the Gateway’s retries', () => {
  const w = world(
    basics,
    httpRoute('r'),
    onGateway,
    onRoute({ mergeType: 'StrategicMerge', ...lb('RoundRobin') }),
  );
  assert.equal(w.pool('httproute/default/r/rule/0').balancer.kind, 'round-robin');
  assert.equal(w.forward('r/0').retry?.attempts, 4);
  assert.equal(w.forward('r/0').retry && w.route('r/0').policy?.name, 'p');
});

test('what is not translated is named once, where it is written, not again for each merge', () => {
  const named = (extra: object) =>
    world(
      basics,
      httpRoute('r'),
      policy('p-gw', [target('Gateway', 'eg')], { ...lb('Random'), ...extra }),
      onRoute({ mergeType: 'StrategicMerge', connection: { socketBufferLimit: '1Mi' } }),
    )
      .all.filter(({ code }) => code === 'field-not-translated')
      .map(({ resource, field }) => `${resource} ${field}`);
  const [parent, child] = [
    'BackendTrafficPolicy default/p-gw spec.telemetry',
    'BackendTrafficPolicy default/p spec.connection.socketBufferLimit',
  ];
  assert.deepEqual(named({ telemetry: {} }), [parent, child]);
  assert.deepEqual(named({}), [child]);
});

test('each listener merges with what is above it there', () => {
  const w = world(
    gatewayClass,
    upstream,
    gateway('eg', [listener('http', 80), listener('alt', 8080)]),
    httpRoute('r'),
    onGateway,
    policy('p-alt', [target('Gateway', 'eg', 'alt')], { retry: { numRetries: 7 } }),
    onRoute({ mergeType: 'JSONMerge', ...lb('RoundRobin') }),
  );
  const attempts = w.plan.listeners.map((l) => {
    const { action } = l.virtualHosts[0]!.routes[0]!;
    return action.kind === 'forward' ? action.retry?.attempts : action.kind;
  });
  assert.deepEqual(attempts, [4, 7]);
  const status = w.status.find((s) => s.name === 'p')!;
  assert.deepEqual(
    status.kind === 'BackendTrafficPolicy' &&
      status.ancestors.map((a) => [a.ancestorRef.sectionName, a.conditions[0]!.message]),
    [
      ['http', 'Merged with policy default/p-gw'],
      ['alt', 'Merged with policy default/p-alt'],
      [undefined, 'Policy has been accepted.'],
    ],
  );
});

test('nothing above: the policy stands alone', () => {
  const w = world(basics, httpRoute('r'), onRoute({ mergeType: 'JSONMerge', ...lb('Random') }));
  assert.equal(w.pool('httproute/default/r/rule/0').balancer.kind, 'random');
  assert.equal(w.conditions('BackendTrafficPolicy', 'p').Accepted?.status, 'True');
});

test('a policy on a rule merges with the Gateway’s, past the route’s', () => {
  const w = world(
    basics,
    httpRoute('r', [rule('/', { name: 'one' })]),
    onGateway,
    onRoute({ retry: { numRetries: 9 } }),
    policy('p-rule', [target('HTTPRoute', 'r', 'one')], { mergeType: 'StrategicMerge', ...lb('RoundRobin') }),
  );
  assert.equal(w.forward('r/0').retry?.attempts, 4);
});

test('a valid policy over one that is not: refused on that listener, 500', () => {
  const bad = policy(
    'p-gw',
    [target('Gateway', 'eg')],
    lb('ConsistentHash', { consistentHash: { type: 'SourceIP', tableSize: 1024 } }),
  );
  const w = world(basics, httpRoute('r'), bad, onRoute({ mergeType: 'JSONMerge', retry: { numRetries: 1 } }));
  const { action } = w.route('r/0');
  assert.equal(action.kind === 'respond' && action.status, 500);
  assert.equal(
    w.conditions('BackendTrafficPolicy', 'p').Accepted?.message,
    'LoadBalancer: ConsistentHash: invalid TableSize value 1024.',
  );
});
