/** Plays all tests against one Envoy of `loadstar run`, which serves them side by side, and says what came of each. */
import { inParallel } from '../../support/engines.ts';
import { LiveRun } from '../../support/live-run.ts';
import { render } from '../../support/manifests.ts';
import { cli } from '../../support/translate.ts';
import { makeCertificates, type Placed, place, shared } from './base.ts';
import { Echoes } from './echo.ts';
import { play, type World } from './play.ts';
import { type Checked, compareStates, demandsOf } from './states.ts';
import type { Stage, Trial } from './words.ts';

/** Tests that are played at once; the requests of one come one after the other. */
const WIDTH = 8;

export interface Outcome {
  /** How many were looked at. */
  readonly requests: number;
  readonly conditions: number;
  readonly faults: readonly string[];
}

/** What can be played here. */
export const playable = (trials: readonly Trial[]): readonly Trial[] =>
  trials.filter(({ manifests }) => manifests !== undefined);

/** Manifests that are refused are a part of the tests, so the run keeps going without them. */
const ARGS = ['--keep-going'];

export async function playAll(trials: readonly Trial[]): Promise<ReadonlyMap<string, Outcome>> {
  const certificates = makeCertificates();
  const echoes = await Echoes.start();
  const stages = trials.map((trial) => [trial, ...(trial.later === undefined ? [] : [trial.later])] as const);
  const placed = stages.map((some, i) =>
    some.map((stage) => place(i + 1, stage, echoes.ports, certificates)),
  );
  const manifestsAt = (at: number) => [
    ...shared,
    ...placed.flatMap((some) => some[Math.min(at, some.length - 1)]!.manifests),
  ];
  const world: World = { echoes, ca: certificates.ca.certificate };
  let run: LiveRun | undefined;
  try {
    run = await LiveRun.start(manifestsAt(0), ARGS);
    const found = trials.map(() => ({ requests: 0, conditions: 0, faults: [] as string[] }));
    for (const at of trials.some((trial) => trial.later !== undefined) ? [0, 1] : [0]) {
      if (at === 1) await run.change(manifestsAt(1));
      const checked = await check(manifestsAt(at));
      const now = stages.map((some, i) => ({ i, stage: some[at], where: placed[i]![at] }));
      await inParallel(now, WIDTH, async ({ i, stage, where }) => {
        if (stage === undefined || where === undefined) return;
        const outcome = await playStage(stage, where, world, checked, at);
        found[i]!.requests += outcome.requests;
        found[i]!.conditions += outcome.conditions;
        found[i]!.faults.push(...outcome.faults);
      });
    }
    return new Map(trials.map(({ name }, i) => [name, found[i]!]));
  } finally {
    await run?.stop();
    await echoes.stop();
  }
}

async function playStage(
  stage: Stage,
  placed: Placed,
  world: World,
  checked: Checked,
  at: number,
): Promise<Outcome> {
  const wanted = demandsOf(stage);
  const { asks = [] } = stage;
  const faults = [...compareStates(wanted, placed, checked), ...(await play(asks, placed, world, at))];
  return { requests: asks.length, conditions: wanted.length, faults };
}

async function check(manifests: readonly object[]): Promise<Checked> {
  const { stdout, stderr } = await cli(['check', '-f', '-', '--format', 'json'], render(manifests as never));
  if (!stdout.startsWith('{')) throw new Error(`check said ${stdout}${stderr}`);
  return JSON.parse(stdout) as Checked;
}
