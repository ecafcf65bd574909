/** The order of a publication, with peers that answer when they are told to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STEPS } from '../../../host/xds/order.ts';
import { refusalOf, world } from './order-world.ts';

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
