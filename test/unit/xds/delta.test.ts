/** What one Envoy is sent, and when: the rules of the incremental protocol, and the traps in it. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { DeltaDiscoveryResponse } from '../../../host/proto/discovery_pb.js';
import { DeltaStream, MAX_NAMES, MAX_UNANSWERED, MAX_UNANSWERED_NAMES } from '../../../host/xds/delta.ts';
import { kindOf } from '../../../host/xds/registry.ts';
import { request, snapshotOf } from './support.ts';

let sent: DeltaDiscoveryResponse[] = [];
let stream: DeltaStream;
beforeEach(() => {
  sent = [];
  stream = new DeltaStream((response) => sent.push(response));
});

/** `cds +a +b -c`, and forgets it. */
function told(): string[] {
  const lines = sent.map(({ typeUrl, resources, removedResources }) =>
    [
      kindOf(typeUrl),
      ...resources.map(({ name }) => `+${name}`),
      ...removedResources.map((n) => `-${n}`),
    ].join(' '),
  );
  sent = [];
  return lines;
}
const lastNonce = () => sent.at(-1)?.nonce ?? '';

test('who subscribes without names gets all of the kind, once', () => {
  const snapshot = snapshotOf({ cds: { a: 1, b: 1 } });
  stream.receive(request('cds'), snapshot);
  const nonce = lastNonce();
  assert.deepEqual(told(), ['cds +a +b']);
  assert.deepEqual(stream.receive(request('cds', { nonce }), snapshot), { kind: 'cds', names: ['a', 'b'] });
  stream.push('cds', snapshot, true);
  assert.deepEqual(told(), []);
});

test('who subscribes by name gets those, and is told of one that is not there', () => {
  const snapshot = snapshotOf({ eds: { a: 1, b: 1 } });
  stream.receive(request('eds', { subscribe: ['a', 'x'] }), snapshot);
  assert.deepEqual(told(), ['eds +a -x']);
  stream.receive(request('eds', { unsubscribe: ['a'] }), snapshot);
  stream.push('eds', snapshotOf({ eds: { a: 2, b: 2 } }), false);
  assert.deepEqual(told(), []);
});

test('only what changed is sent; what is gone only when removals are asked for', () => {
  stream.receive(request('cds'), snapshotOf({ cds: { a: 1, b: 1, c: 1 } }));
  told();
  const next = snapshotOf({ cds: { a: 1, b: 2, d: 1 } });
  stream.push('cds', next, false);
  assert.deepEqual(told(), ['cds +b +d']);
  stream.push('cds', next, true);
  assert.deepEqual(told(), ['cds -c']);
});

test('a changed cluster gets its endpoints again, though they did not change', () => {
  const before = snapshotOf({ cds: { a: 1, b: 1 }, eds: { a: 1, b: 1 } });
  stream.receive(request('cds'), before);
  stream.receive(request('eds', { subscribe: ['a', 'b'] }), before);
  told();
  const after = snapshotOf({ cds: { a: 2, b: 1 }, eds: { a: 1, b: 1 } });
  stream.push('cds', after, false);
  stream.push('eds', after, false);
  assert.deepEqual(told(), ['cds +a', 'eds +a']);
  stream.push('eds', after, false);
  assert.deepEqual(told(), []);
});

test('after a reconnect endpoints are sent, for a cluster may wait for them; the rest waits for its turn', () => {
  const now = snapshotOf({
    cds: { a: 2, b: 1, n: 1 },
    eds: { a: 1, b: 1 },
    lds: { l: 1 },
    rds: { r: 2, s: 1 },
  });
  const version = (kind: 'cds' | 'eds', name: string) => now.resources[kind].get(name)?.version ?? '';
  stream.receive(request('cds', { has: { a: 'old', b: version('cds', 'b'), gone: 'x' } }), now);
  const has = { a: version('eds', 'a'), b: version('eds', 'b') };
  stream.receive(request('eds', { subscribe: ['a', 'b'], has }), now);
  stream.receive(request('lds', { has: { old: 'x' } }), now);
  stream.receive(request('rds', { subscribe: ['r', 's', 'x'], has: { r: 'old' } }), now);
  assert.deepEqual(told(), ['eds +a +b', 'rds +s -x']);
  assert.ok(stream.hasLeftovers(now));
  for (const kind of ['cds', 'eds', 'lds', 'rds'] as const) stream.push(kind, now, kind === 'lds');
  assert.deepEqual(told(), ['cds +a +n', 'eds +a', 'lds +l -old', 'rds +r']);
  stream.push('cds', now, true);
  assert.deepEqual(told(), ['cds -gone']);
  assert.ok(!stream.hasLeftovers(now));
});

test('a refusal is given with its names and words; what was refused is sent again, even as before', () => {
  const good = snapshotOf({ rds: { r: 1 } });
  stream.receive(request('rds', { subscribe: ['r'] }), good);
  stream.receive(request('rds', { nonce: lastNonce() }), good);
  assert.ok(stream.isSettled(['rds'], good, true));
  const bad = snapshotOf({ rds: { r: 2 } });
  stream.push('rds', bad, false);
  assert.ok(!stream.isSettled(['rds'], bad, true));
  const error = 'goo.gle/debugproto \nname: "r"\n: it has no domain';
  const answer = stream.receive(request('rds', { nonce: lastNonce(), error }), bad);
  assert.deepEqual(answer, { kind: 'rds', names: ['r'], refused: 'it has no domain' });
  assert.ok(!stream.isSettled(['rds'], bad, true));
  told();
  stream.push('rds', good, false);
  assert.deepEqual(told(), ['rds +r']);
});

test('an answer to nothing is no answer, and a type that is not served is not answered', () => {
  const snapshot = snapshotOf({ cds: { a: 1 } });
  assert.equal(stream.receive(request('cds', { nonce: '77' }), snapshot), undefined);
  told();
  stream.receive({ ...request('cds'), typeUrl: 'type.googleapis.com/x.Secret' }, snapshot);
  assert.deepEqual(told(), []);
});

test('settled is who asked for all of it, and answered', () => {
  const snapshot = snapshotOf({ eds: { a: 1, b: 1 } });
  assert.ok(!stream.isSettled(['eds'], snapshot, true));
  stream.receive(request('eds', { subscribe: ['a'] }), snapshot);
  stream.receive(request('eds', { nonce: lastNonce() }), snapshot);
  assert.ok(stream.isSettled(['eds'], snapshot, false), 'of what it asked for');
  assert.ok(!stream.isSettled(['eds'], snapshot, true));
  stream.receive(request('eds', { subscribe: ['b'] }), snapshot);
  assert.ok(!stream.isSettled(['eds'], snapshot, true));
  stream.receive(request('eds', { nonce: lastNonce() }), snapshot);
  assert.ok(stream.isSettled(['eds'], snapshot, true));
  assert.ok(stream.isSettled(['rds'], snapshot, true), 'there are no routes to wait for');
});

test('what a peer makes us hold is bounded', () => {
  const snapshot = snapshotOf({});
  const names = Array.from({ length: MAX_NAMES + 1 }, (_, i) => `n${i}`);
  assert.throws(() => stream.receive(request('eds', { subscribe: names }), snapshot), { name: 'GrpcError' });
  const impatient = new DeltaStream(() => {});
  assert.throws(
    () => {
      for (let i = 0; i <= MAX_UNANSWERED; i++)
        impatient.receive(request('rds', { subscribe: ['r'] }), snapshot);
    },
    { name: 'GrpcError' },
  );
  const many = Array.from({ length: MAX_NAMES }, (_, i) => `n${i}`);
  const greedy = new DeltaStream(() => {});
  assert.throws(
    () => {
      for (let i = 0; i <= MAX_UNANSWERED_NAMES / MAX_NAMES; i++)
        greedy.receive(request('rds', { subscribe: many }), snapshot);
    },
    { name: 'GrpcError' },
  );
});

test('a resource is encoded once: every Envoy is sent the very same bytes', () => {
  const snapshot = snapshotOf({ cds: { a: 1 } });
  const other = new DeltaStream((response) => sent.push(response));
  for (const one of [stream, other]) one.receive(request('cds'), snapshot);
  const [first, second] = sent.map(({ resources }) => resources[0]?.resource?.value);
  assert.ok(first !== undefined && first === second, 'not a copy');
  assert.equal(first, snapshot.resources.cds.get('a')?.any.value);
  const next = snapshotOf({ cds: { a: 1, b: 1 } }, snapshot);
  assert.equal(next.resources.cds.get('a')?.any.value, first, 'nor is it encoded again with the next change');
});
