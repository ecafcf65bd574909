/** The order of a publication, with peers that answer when they are told to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Peer, publishInOrder, type Refusal, STEPS } from '../../../host/xds/order.ts';
import type { Kind } from '../../../host/xds/registry.ts';
import { snapshotOf } from './support.ts';

const [meanwhile, final] = [snapshotOf({ cds: { a: 1 } }), snapshotOf({ cds: { a: 2 } })];

const refusalOf = (peer: Peer): Refusal => ({
  ...{ peer, envoy: peer.label, kind: 'cds', names: ['a'], reason: 'no' },
});

function world() {
  const callbacks = new Set<(peer: Peer) => void>();
  const refusals: Refusal[] = [];
  const log: string[] = [];
  const peer = (label: string, settled = true) => {
    const it = {
      label,
      closed: false,
      settled,
      push: (kind: Kind, snapshot: object, removals: boolean) => {
        const what = snapshot === meanwhile ? 'meanwhile' : 'final';
        log.push(`${label} ${kind} ${what}${removals ? ' removals' : ''}`);
      },
      isSettled: () => it.settled,
    };
    return it;
  };
  const publish = async (peers: Peer[], answerMs = 60_000) => {
    const brought = await publishInOrder(
      peers,
      { meanwhile, final },
      (snapshot) => log.push(`serve ${snapshot === meanwhile ? 'meanwhile' : 'final'}`),
      refusals,
      (callback) => {
        callbacks.add(callback);
        return () => callbacks.delete(callback);
      },
      answerMs,
    );
    const names = (of: ReadonlySet<Peer>) => [...of].map(({ label }) => label);
    return {
      refusals: brought.refusals,
      silent: names(brought.silent),
      outvoted: names(brought.outvoted),
    };
  };
  return {
    peer,
    publish,
    log,
    refusals,
    callbacks,
    tell: (from: Peer) => {
      for (const callback of [...callbacks]) callback(from);
    },
  };
}

test('clusters with endpoints, filters, listeners, routes; then what only old routes needed goes', async () => {
  const { peer, publish, log } = world();
  assert.deepEqual(await publish([peer('e')]), { refusals: [], silent: [], outvoted: [] });
  assert.deepEqual(
    log.filter((line) => line.startsWith('e ')),
    [
      'e cds meanwhile',
      'e eds meanwhile',
      'e ecds meanwhile',
      'e sds meanwhile',
      'e lds meanwhile removals',
      'e rds meanwhile',
      'e ecds final',
      'e sds final',
      'e cds final removals',
    ],
  );
  assert.equal(log.filter((line) => line.startsWith('serve')).length, STEPS.length);
});

test('a step waits for every answer; a refusal of half of them ends the publication before the next', async () => {
  const { peer, publish, log, refusals, callbacks, tell } = world();
  const [quick, slow] = [peer('quick'), peer('slow', false)];
  const outcome = publish([quick, slow]);
  await new Promise(setImmediate);
  const sent = ['serve meanwhile', 'quick cds', 'quick eds', 'slow cds', 'slow eds'];
  tell(quick);
  assert.deepEqual(
    log.map((line) => line.replace(/(.ds) meanwhile/, '$1')),
    sent,
  );
  // It may have asked for more, which belongs to the step.
  tell(slow);
  assert.deepEqual(log.slice(sent.length), ['slow cds meanwhile', 'slow eds meanwhile']);
  const refusal = refusalOf(slow);
  refusals.push(refusal);
  tell(slow);
  assert.deepEqual(await outcome, { refusals: [refusal], silent: [], outvoted: [] });
  assert.equal(log.length, sent.length + 2);
  assert.equal(callbacks.size, 0);
});

test('who does not answer in time is left behind and named; whose stream ends is not waited for', async () => {
  const { peer, publish, log } = world();
  const gone = peer('gone', false);
  gone.closed = true;
  const { silent } = await publish([peer('quick'), peer('silent', false), gone], 20);
  assert.deepEqual(silent, ['silent']);
  assert.ok(log.includes('quick rds meanwhile'));
  assert.ok(!log.includes('silent ecds meanwhile') && !log.some((line) => line.startsWith('gone')));
});

test('fewer than half refuse: the step waits for the others, and goes on without those', async () => {
  const { peer, publish, log, refusals, tell } = world();
  const [good, late, bad] = [peer('good'), peer('late', false), peer('bad', false)];
  const outcome = publish([good, late, bad]);
  await new Promise(setImmediate);
  refusals.push(refusalOf(bad));
  tell(bad);
  assert.ok(!log.includes('good ecds meanwhile'), 'the late one may refuse too');
  late.settled = true;
  tell(late);
  assert.deepEqual(await outcome, { refusals: [], silent: [], outvoted: ['bad'] });
  assert.ok(log.includes('late cds final removals'));
  assert.deepEqual(
    log.filter((line) => line.startsWith('bad')),
    ['bad cds meanwhile', 'bad eds meanwhile'],
  );
});

test('those who do not answer have no vote', async () => {
  const { peer, publish, refusals } = world();
  const [good, bad, silent] = [peer('good'), peer('bad', false), peer('silent', false)];
  refusals.push(refusalOf(bad));
  assert.deepEqual(await publish([good, bad, silent], 20), { refusals, silent: ['silent'], outvoted: [] });
});

test('an Envoy has one vote, whatever number of connections say that they are it', async () => {
  const { peer, publish, refusals } = world();
  const many = Array.from({ length: 5 }, () => peer('many'));
  const good = ['a', 'b'].map((label) => peer(label));
  for (const one of many) refusals.push(refusalOf(one));
  const { refusals: against, outvoted } = await publish([...good, ...many]);
  assert.deepEqual(against, []);
  assert.deepEqual(outvoted, Array(5).fill('many'));
});

test('an Envoy with a second connection that takes the change does not refuse it', async () => {
  const { peer, publish, refusals } = world();
  const [first, second] = [peer('e'), peer('e')];
  refusals.push(refusalOf(first));
  const { refusals: against, outvoted } = await publish([first, second]);
  assert.deepEqual([against, outvoted], [[], ['e']]);
});

test('who refuses and ends its stream has refused', async () => {
  const { peer, publish, refusals } = world();
  const gone = peer('gone');
  refusals.push(refusalOf(gone));
  gone.closed = true;
  assert.equal((await publish([gone, peer('here')])).refusals.length, 1);
});
