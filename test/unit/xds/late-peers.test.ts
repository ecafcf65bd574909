/** How long a publication waits for those that are late, by a clock that the test moves. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import type { Connection } from '../../../host/xds/connection.ts';
import { EnvoyGroup } from '../../../host/xds/group.ts';
import { STEPS } from '../../../host/xds/order.ts';
import type { Kind } from '../../../host/xds/registry.ts';
import { world } from './order-world.ts';
import { snapshotOf } from './support.ts';

const ANSWER_MS = 5_000;
const TICK_MS = 100;

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }));
afterEach(() => mock.timers.reset());

/**
 * Beside three that answer at once.
 * @param delays Of each other peer, how long it takes for its answer to a step, by its number from 0;
 *   Infinity: it never answers.
 */
const publishedTo = (...delays: ((step: number) => number)[]) => publishedBeside(() => '', delays);

/** @param certificateOf What the peer of this name shows. */
async function publishedBeside(
  certificateOf: (name: string) => string,
  delays: readonly ((step: number) => number)[],
) {
  const { peer, publish, tell } = world();
  let step = -1;
  const late = delays.map((delayOf, i) => {
    const one = peer(`late-${i}`, true, certificateOf('late'));
    let since = 0;
    let at = -1;
    return Object.assign(one, {
      isSettled: () => {
        if (at !== step) [at, since] = [step, Date.now()];
        return Date.now() - since >= delayOf(step);
      },
    });
  });
  const good = ['a', 'b', 'c'].map((name) => peer(name, true, certificateOf(name)));
  const outcome = publish([...good, ...late], ANSWER_MS, () => step++);
  const ms = await passing(outcome, () => {
    for (const one of late) tell(one);
  });
  return { ms, silent: (await outcome).silent };
}

/** @returns how long it took. @param onTick What happens meanwhile. */
async function passing(outcome: Promise<unknown>, onTick: () => void): Promise<number> {
  let over = false;
  void outcome.then(() => {
    over = true;
  });
  for (let ms = 0; ; ms += TICK_MS) {
    await new Promise(setImmediate);
    if (over) return ms;
    mock.timers.tick(TICK_MS);
    onTick();
  }
}

test('one that answers each step at the last moment is waited for once', async () => {
  const { ms, silent } = await publishedTo(() => 4_900);
  assert.deepEqual(silent, ['late-0']);
  assert.ok(ms <= 6_000, `${ms} ms`);
});

test('several that are silent, each at another step, cost little more than one', async () => {
  const { ms, silent } = await publishedTo(
    ...[1, 3, 5].map((own) => (step: number) => (step >= own ? Number.POSITIVE_INFINITY : 0)),
  );
  assert.deepEqual(silent, ['late-0', 'late-1', 'late-2']);
  assert.ok(ms <= 7_000, `${ms} ms`);
});

test('who is a little late with each step gets all with the others', async () => {
  const { ms, silent } = await publishedTo(
    () => 600,
    () => 300,
  );
  assert.deepEqual(silent, []);
  assert.equal(ms, STEPS.length * 600);
});

test('many that show one certificate are not the half that is waited for', async () => {
  const late = Array.from({ length: 20 }, () => () => 4_900);
  const { ms, silent } = await publishedBeside((name) => name, late);
  assert.equal(silent.length, 20);
  assert.ok(ms <= 6_000, `${ms} ms`);
});

test('where most are late they are waited for, step by step', async () => {
  const { silent } = await publishedTo(...Array.from({ length: 4 }, () => () => 4_000));
  assert.deepEqual(silent, []);
});

test('one that has just come, and answers each step at the last moment, is waited for as long as for any', async () => {
  const group = new EnvoyGroup(snapshotOf({ cds: { a: 1 } }), { answerMs: ANSWER_MS });
  const status = { zone: '', cluster: '', envoy: '', acknowledged: '', since: new Date() };
  const connectionOf = (id: string, delayMs: number) => {
    let step: { readonly kinds?: readonly Kind[]; readonly since: number } = { since: 0 };
    const connection = {
      ...{ label: id, certificate: '', closed: false, status: { ...status, id } },
      push: () => {},
      isSettled: (kinds: readonly Kind[]) => {
        if (step.kinds !== kinds) step = { kinds, since: Date.now() };
        return Date.now() - step.since >= delayMs;
      },
      isBehind: () => {},
      isInStep: () => {},
    };
    return connection as unknown as Connection;
  };
  const [good, late] = [connectionOf('good', 0), connectionOf('late', 4_900)];
  group.add(good);
  await new Promise(setImmediate);
  group.add(late);
  const outcome = group.publish(snapshotOf({ cds: { a: 2 } }));
  assert.equal(await passing(outcome, () => group.heard(late!, undefined)), ANSWER_MS);
  assert.deepEqual(await outcome, { refusals: [], silent: [] });
});
