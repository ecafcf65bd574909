/**
 * Plays all tests against one Envoy of `loadstar run`, which serves them side by side, and says what came of
 * each.
 */
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
  const echoes = await Echoes.start(certificates);
  const world: World = { echoes, ca: certificates.ca.certificate, shown: certificates.shown };
  const outcomes = new Map<string, Outcome>();
  /** @param at 0: as it is first; 1: as it is later. */
  const placedAt = (at: number): Scene[] =>
    trials.flatMap((trial, i) => {
      const stage = at === 0 ? trial : trial.later;
      if (stage === undefined) return [];
      return [{ trial, stage, placed: place(i + 1, stage, echoes.ports, certificates) }];
    });
  const first = placedAt(0);
  const later = placedAt(1);
  const changing = new Set(later.map(({ trial }) => trial));
  const rest = first.filter(({ trial }) => !changing.has(trial));
  try {
    await served(first, async (run) => {
      keep(outcomes, await playScenes(first, world, 0));
      if (later.length === 0) return;
      await run.change(manifestsOf([...rest, ...later]));
      keep(outcomes, await playScenes(later, world, 1));
    });
    return outcomes;
  } finally {
    await echoes.stop();
  }
}

/** A test as it is first or later. */
interface Scene {
  readonly trial: Trial;
  readonly stage: Stage;
  readonly placed: Placed;
}
const manifestsOf = (scenes: readonly Scene[]) => [
  ...shared,
  ...scenes.flatMap((one) => one.placed.manifests),
];

async function served(scenes: readonly Scene[], work: (run: LiveRun) => Promise<void>): Promise<void> {
  const run = await LiveRun.start(manifestsOf(scenes), ARGS);
  try {
    await work(run);
  } finally {
    await run.stop();
  }
}

async function playScenes(scenes: readonly Scene[], world: World, at: number) {
  const checked = await check(manifestsOf(scenes));
  return await inParallel(scenes, WIDTH, async ({ trial: { name }, stage, placed }) => ({
    name,
    outcome: await playStage(stage, placed, world, checked, at),
  }));
}

/** What was found later is added to what was found first. */
function keep(into: Map<string, Outcome>, found: readonly { name: string; outcome: Outcome }[]): void {
  for (const { name, outcome } of found) {
    const before = into.get(name) ?? { requests: 0, conditions: 0, faults: [] };
    into.set(name, {
      requests: before.requests + outcome.requests,
      conditions: before.conditions + outcome.conditions,
      faults: [...before.faults, ...outcome.faults],
    });
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
