/** Runs scenarios and says how they went. */
import { settled, share, swing, unevenness } from './measure.ts';
import { run } from './run.ts';
import { type Balance, CHANGE, type Fixed, HOT, RECOVERY } from './scenarios.ts';

export interface Balanced {
  /** Busiest to least over the last 15 seconds. */
  readonly end: number;
  /**
   * Seconds after the change until busiest to least stays within the bound, in any 5 seconds; Infinity:
   * never.
   */
  readonly settle: number;
  /** Deviation of a share from second to second over the last 10, as a part of it. */
  readonly swing: number;
}

export function balance({ scenario, most }: Balance, seed: number, wasm?: string): Balanced {
  const result = run(scenario, seed, wasm);
  const end = scenario.seconds;
  return {
    end: unevenness(result, end - 15, end),
    settle: settled(result, CHANGE, end, most),
    swing: swing(result, end - 10, end),
  };
}

export interface Returned {
  /** Share of the busy host at the end of its being so. */
  readonly busy: number;
  /** And some 30 seconds after. */
  readonly back: number;
}

export function returns({ scenario }: Fixed, seed: number, wasm?: string): Returned {
  const result = run(scenario, seed, wasm);
  return {
    busy: share(result, HOT, RECOVERY - 10, RECOVERY),
    back: share(result, HOT, RECOVERY + 27, RECOVERY + 33),
  };
}
