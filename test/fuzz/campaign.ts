/**
 * A campaign: inputs by number from a seed, until a count or a time is reached, with the checks that look at
 * the whole VM.
 */
import { ConfigTarget } from './config.ts';
import { found } from './corpus.ts';
import { KeyTarget } from './keys.ts';
import { OrcaTarget } from './orca.ts';
import { Random } from './random.ts';
import { StickyTarget } from './sticky.ts';
import { hold, type Input, type Target } from './target.ts';

export const targetNames = ['orca', 'cookie', 'query', 'header', 'config', 'sticky'] as const;
export type TargetName = (typeof targetNames)[number];

export function makeTarget(name: TargetName, module: WebAssembly.Module): Target {
  switch (name) {
    case 'orca':
      return new OrcaTarget(module) as unknown as Target;
    case 'sticky':
      return new StickyTarget(module) as unknown as Target;
    case 'config':
      return new ConfigTarget(module) as unknown as Target;
    case 'cookie':
    case 'query':
    case 'header':
      return new KeyTarget(name, module) as unknown as Target;
  }
}

/** Memory may still grow while this many inputs meet their first long values. */
const WARM_UP = 5_000;
const PROBE_EVERY = 1_000;

export interface Failure {
  readonly index: number;
  readonly message: string;
  readonly input: Input;
}

export interface Outcome {
  readonly inputs: number;
  /** Bytes of linear memory after warming up, and at the end. */
  readonly memory: readonly [number, number];
  readonly failure: Failure | undefined;
}

/**
 * @param more Asked before each 1,000 inputs whether to go on.
 * @param from Number of the first input.
 */
export function campaign(
  target: Target,
  seed: number,
  from: number,
  more: (done: number) => boolean,
): Outcome {
  const random = new Random(seed);
  const healthy = target.probe();
  let warm = target.memory();
  let index = from;
  let input: Input = {};
  try {
    for (const old of found()) {
      if (old.target !== target.name) continue;
      input = old.input;
      target.run(input);
    }
    while (more(index - from)) {
      for (let i = 0; i < PROBE_EVERY; i++, index++) {
        random.reseed(seed, index);
        input = {};
        input = target.generate(random);
        target.run(input);
      }
      hold(
        target.probe() === healthy,
        `after input ${index} the VM answers otherwise than before: ${target.probe()} was ${healthy}`,
      );
      if (index - from <= WARM_UP) warm = target.memory();
      if (target.flat) hold(target.memory() === warm, `memory grew from ${warm} to ${target.memory()} bytes`);
    }
    return { inputs: index - from, memory: [warm, target.memory()], failure: undefined };
  } catch (error) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { inputs: index - from, memory: [warm, target.memory()], failure: { index, message, input } };
  }
}
