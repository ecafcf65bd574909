/**
 * The shots: every variant has an Envoy of its own that stays up, and each round takes one shot of each, in
 * an order that changes from round to round. A shot of the reference (native Maglev) is taken before and
 * after every other shot, tens of milliseconds away: a variant is compared with the two beside it, so that
 * whatever slows the machine slows both, and when those two disagree the shot is thrown away.
 */

import { type LoadTls, RawLoad } from '../../../demo/fakes/raw-load.ts';
import { cpuTime, spin } from '../support/cpu.ts';
import { type RunningEnvoy, startEnvoy } from '../support/envoy-process.ts';
import { random, type Spread, shuffle, spread, standardError } from '../support/stats.ts';
import type { Bootstrap } from '../support/types.ts';

export interface Variant {
  readonly name: string;
  /** What a reader should know about it, one sentence. */
  readonly note: string;
  readonly bootstrap: Bootstrap;
  readonly requests: readonly Buffer[];
  /** Absent: in plain text. */
  readonly tls?: LoadTls;
  /** Name of a variant other than the reference that is the same without a filter: gives a second ratio. */
  readonly baseline?: string;
}

export interface ShotOptions {
  readonly envoy: string;
  readonly shots: number;
  readonly requestsPerShot: number;
  /** Requests before the first shot: V8 compiles a module's hot functions again once they are hot. */
  readonly warmup: number;
  readonly connections: number;
  readonly seed: number;
  readonly log: (line: string) => void;
}

export interface Measured {
  readonly name: string;
  readonly note: string;
  /** CPU microseconds of Envoy's process per request. */
  readonly us: Spread;
  /** Microseconds more than the reference shots beside it. */
  readonly more: Spread;
  /** Ratio to the reference shots beside it. */
  readonly ratio: Spread;
  readonly ratioError: number;
  readonly baseline?: string;
  /** Ratio to `baseline`: each taken to its own reference shots, in the same round. */
  readonly toBaseline?: Spread;
  /** Shots not counted, because the machine was disturbed. */
  readonly dropped: number;
  /** Answers other than 200 over the whole run. */
  readonly wrong: number;
  /** Why there are no figures. */
  readonly failed?: string;
}

interface Lane {
  readonly variant: Variant;
  readonly envoy: RunningEnvoy;
  readonly load: RawLoad;
  wrong: number;
}

interface Shot {
  readonly us: number;
  /** Share of Envoy's CPU time that it waited for a CPU. */
  readonly waited: number;
  /** The slower of the spins before and after, nanoseconds. */
  readonly spin: number;
}

interface Compared {
  readonly us: number;
  /** Mean of the two reference shots beside it; equal to `us` for the reference itself. */
  readonly reference: number;
  /** How disturbed the machine was: 1 is the limit of what counts. */
  readonly disturbance: number;
}

/**
 * A shot is disturbed when its spins took this share longer than a fast spin of the run (the tenth
 * percentile) …
 */
const mostSpin = 0.3;
/** … or Envoy could have run and did not for more than this share of its CPU time … */
const mostWaited = 0.3;
/** … or the reference shots before and after it differ by more than this share. */
const mostDrift = 0.15;
/** On a busy machine hardly any shot is undisturbed: then the calmest of them count, this share of all. */
const leastKept = 0.4;

/**
 * Runs all variants interleaved; the first is the reference. One that does not start is reported, and the
 * others go on.
 */
export async function measure(variants: readonly Variant[], options: ShotOptions): Promise<Measured[]> {
  const lanes: Lane[] = [];
  const failed = new Map<string, string>();
  try {
    for (const variant of variants) {
      try {
        lanes.push(await openLane(variant, options));
        options.log(`warm: ${variant.name}`);
      } catch (error) {
        failed.set(variant.name, error instanceof Error ? error.message : String(error));
        options.log(`failed: ${variant.name}: ${failed.get(variant.name)}`);
      }
    }
    const [reference, ...others] = lanes;
    if (reference === undefined || reference.variant !== variants[0]) {
      throw new Error(`the reference does not run: ${failed.get(variants[0]!.name)}`);
    }
    const rounds = await shoot(reference, others, options);
    return variants.map((variant) => {
      const lane = lanes.find((one) => one.variant === variant);
      return summarise(variant, rounds, lane?.wrong ?? 0, failed.get(variant.name));
    });
  } finally {
    for (const lane of lanes) lane.load.close();
    await Promise.all(lanes.map((lane) => lane.envoy.stop()));
  }
}

async function openLane(variant: Variant, options: ShotOptions): Promise<Lane> {
  const envoy = await startEnvoy(options.envoy, variant.bootstrap);
  const load = await RawLoad.open(envoy.port, options.connections, variant.requests, variant.tls);
  for (let done = 0; done < options.warmup; done += 1000) await load.shot({ count: 1000, awake: true });
  return { variant, envoy, load, wrong: 0 };
}

type Round = Map<string, Compared>;

async function shoot(reference: Lane, others: readonly Lane[], options: ShotOptions): Promise<Round[]> {
  const next = random(options.seed);
  const raw: { name: string; before: Shot; shot: Shot; after: Shot }[][] = [];
  for (let round = 0; round < options.shots; round++) {
    const row: (typeof raw)[number] = [];
    let before = await shootOnce(reference, options);
    for (const lane of shuffle(others, next)) {
      const shot = await shootOnce(lane, options);
      const after = await shootOnce(reference, options);
      row.push({ name: lane.variant.name, before, shot, after });
      before = after;
    }
    raw.push(row);
    if ((round + 1) % 10 === 0) options.log(`round ${round + 1} of ${options.shots}`);
  }
  const spins = raw
    .flat()
    .flatMap((at) => [at.before.spin, at.shot.spin])
    .sort((a, b) => a - b);
  const fast = spins[Math.floor(spins.length / 10)] ?? 1;
  const unrest = (shot: Shot) => Math.max((shot.spin / fast - 1) / mostSpin, shot.waited / mostWaited);
  return raw.map((row) => {
    const round: Round = new Map();
    for (const { name, before, shot, after } of row) {
      const drift = Math.abs(before.us - after.us) / Math.min(before.us, after.us);
      const disturbance = Math.max(drift / mostDrift, ...[before, shot, after].map(unrest));
      round.set(name, { us: shot.us, reference: (before.us + after.us) / 2, disturbance });
    }
    const own = row.map((at) => at.after);
    const mean = own.reduce((sum, shot) => sum + shot.us, 0) / own.length;
    round.set(reference.variant.name, {
      us: mean,
      reference: mean,
      disturbance: Math.min(...own.map(unrest)),
    });
    return round;
  });
}

/** The undisturbed shots, or the calmest ones when they are too few. */
function calm(shots: readonly Compared[]): Compared[] {
  const sorted = [...shots].sort((a, b) => a.disturbance - b.disturbance);
  const undisturbed = sorted.filter((shot) => shot.disturbance <= 1);
  return undisturbed.length >= shots.length * leastKept
    ? undisturbed
    : sorted.slice(0, Math.ceil(shots.length * leastKept));
}

async function shootOnce(lane: Lane, options: ShotOptions): Promise<Shot> {
  const before = spin();
  const from = cpuTime(lane.envoy.pid);
  const result = await lane.load.shot({ count: options.requestsPerShot, awake: true });
  const to = cpuTime(lane.envoy.pid);
  lane.wrong += options.requestsPerShot - (result.statuses[200] ?? 0);
  const ns = to.ns - from.ns;
  return {
    us: ns / 1000 / options.requestsPerShot,
    waited: (to.waitedNs - from.waitedNs) / ns,
    spin: Math.max(before, spin()),
  };
}

function summarise(
  variant: Variant,
  rounds: readonly Round[],
  wrong: number,
  failed: string | undefined,
): Measured {
  const own = rounds.flatMap((round) => round.get(variant.name) ?? []);
  const good = calm(own);
  const ratio = spread(good.map((shot) => shot.us / shot.reference));
  const measured: Measured = {
    name: variant.name,
    note: variant.note,
    us: spread(good.map((shot) => shot.us)),
    more: spread(good.map((shot) => shot.us - shot.reference)),
    ratio,
    ratioError: standardError(ratio),
    dropped: own.length - good.length,
    wrong,
    ...(failed === undefined ? {} : { failed }),
  };
  if (variant.baseline === undefined) return measured;
  const both = rounds.flatMap((round) => {
    const shot = round.get(variant.name);
    const base = round.get(variant.baseline!);
    if (shot === undefined || base === undefined) return [];
    const disturbance = Math.max(shot.disturbance, base.disturbance);
    return [{ us: shot.us / shot.reference, reference: base.us / base.reference, disturbance }];
  });
  return {
    ...measured,
    baseline: variant.baseline,
    toBaseline: spread(calm(both).map((shot) => shot.us / shot.reference)),
  };
}
