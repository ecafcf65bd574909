/**
 * The sticky demo in small, with wide margins: a key stays home nearly always, caches stay as warm as with
 * pure hashing, and a slow host hurts less than bounded load by requests in flight does.
 * `npm run demo -- sticky` gives the figures.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Figures, figuresOf } from '../../demo/sticky/figures.ts';
import { contenders } from '../../demo/sticky/policies.ts';
import { run } from '../../demo/sticky/run.ts';
import { change, hosts, load, slowHost, workers } from '../../demo/sticky/setup.ts';
import type { Phase, Trace } from '../../demo/sticky/types.ts';
import { envoyBinary } from '../support/binary.ts';

const phases: readonly Phase[] = [
  { name: 'warm-up', seconds: 6, warmUp: true },
  { name: 'steady', seconds: 6 },
  { name: 'slow', seconds: 5, change: 'slow' },
];
const cleanups: (() => Promise<void>)[] = [];
after(async () => {
  await Promise.allSettled(cleanups.map((end) => end()));
});

/** One in a hundred of its timers: a machine that is later cannot play 300 requests a second. */
const LATE_MS = 200;

type Measured = { readonly figures: Figures; readonly trace: Trace };

/** The first run of three in which the machine was in time, or the last one. */
async function measure(name: string): Promise<Measured> {
  let last = await once(name);
  for (let i = 1; i < 3 && last.figures.lateMs >= LATE_MS; i++) last = await once(name);
  return last;
}

async function once(name: string): Promise<Measured> {
  const trace = await run({
    envoy: { kind: 'binary', path: await envoyBinary(), how: 'of the tests' },
    contender: contenders.find((one) => one.name === name)!,
    phases,
    hosts,
    load: { ...load, rate: 300, rampMs: 4_000, seed: 7 },
    workers,
    change,
    cleanups,
    progress: () => {},
  });
  return { figures: figuresOf(trace, phases, slowHost), trace };
}

test('sticky until hot keeps keys at home, and caches warm, where bounded load does not', async (t) => {
  const pure = (await measure('pure hash')).figures;
  const bounded = (await measure('bounded load 1.25')).figures;
  const { figures: sticky, trace } = await measure('sticky until hot');
  const [all] = sticky.phases;
  for (const one of [pure, bounded, sticky]) {
    const [whole] = one.phases;
    t.diagnostic(
      `${one.contender}: hit rate ${whole!.hitRate.toFixed(2)}, gave up ${whole!.failed.toFixed(3)}, moved ${one.moved.toFixed(3)}, machine ${one.lateMs.toFixed(0)} ms late`,
    );
  }
  const late = Math.max(...[pure, bounded, sticky].map(({ lateMs }) => lateMs));
  if (late >= LATE_MS) return t.skip(`the machine was ${late.toFixed(0)} ms late, three times`);
  assert.ok(all!.requests > 2_000, `${all!.requests} requests`);
  assert.ok(all!.failed < 0.05, `${all!.failed} failed`);
  assert.equal(pure.moved, 0);
  assert.ok(bounded.moved > 0.1, `bounded load: ${bounded.moved} moved`);
  assert.ok(sticky.moved < 0.2 && sticky.moved < bounded.moved, `${sticky.moved} moved`);
  const [hit, pureHit, boundedHit] = [all!, pure.phases[0]!, bounded.phases[0]!].map(
    ({ hitRate }) => hitRate,
  );
  assert.ok(hit! > pureHit! - 0.1, `${hit}, pure hash ${pureHit}`);
  assert.ok(hit! > boundedHit!, `${hit}, bounded load ${boundedHit}`);
  const home = trace.stats.get('loadstar_sticky_home_total') ?? 0;
  const spilled = trace.stats.get('loadstar_sticky_spilled_1_total') ?? 0;
  assert.ok(home > trace.sent.length / 2 && spilled > 0, `${home} home, ${spilled} spilled`);
});
