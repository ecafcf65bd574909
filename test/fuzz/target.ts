/** What a fuzz target is, and the checks that all of them share. */
import type { HeaderMap, Pair } from '../../host/wasm/maps.ts';
import type { Random } from './random.ts';

/** Plain data, so that one can be saved to a file and run again. */
export type Input = Readonly<Record<string, unknown>>;

export interface Target<I extends Input = Input> {
  readonly name: string;
  /** An input of its own, by grammar or by mutation of the corpus. */
  generate(random: Random): I;
  /** Runs it through the module's callbacks; throws what is wrong. */
  run(input: I): void;
  /**
   * Fixed inputs, as text that must stay the same while the module lives: a write out of bounds would change
   * it.
   */
  probe(): string;
  /** Bytes of linear memory. */
  memory(): number;
  /** True: after warming up the memory may not grow at all. */
  readonly flat: boolean;
}

export class Wrong extends Error {
  override readonly name = 'Wrong';
}

export function hold(good: boolean, what: string): asserts good {
  if (!good) throw new Wrong(what);
}

export const shown = (text: string): string =>
  JSON.stringify(text.length > 400 ? `${text.slice(0, 400)}…` : text);

export const same = (map: HeaderMap | undefined, pairs: readonly Pair[]): boolean =>
  JSON.stringify(map?.pairs) === JSON.stringify(pairs.map(([name, value]) => [name.toLowerCase(), value]));
