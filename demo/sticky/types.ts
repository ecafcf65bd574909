/** What a run is made of, and what it leaves. */
import type { Sent } from '../fakes/open-load.ts';

export type Engine = 'native' | 'filter';

export interface Phase {
  readonly name: string;
  readonly seconds: number;
  /** What changes when it begins. */
  readonly change?: 'slow' | 'recover' | 'remove' | 'return';
  /** Caches fill: not judged. */
  readonly warmUp?: true;
}

export interface Trace {
  readonly contender: string;
  readonly sent: readonly Sent[];
  /** Requests at the hosts (served and waiting), a row of all hosts every sampleMs. */
  readonly loads: readonly (readonly number[])[];
  readonly ports: readonly number[];
  /**
   * Milliseconds that this process was late for its timers, 99th percentile: on a busy machine all figures
   * are worth less.
   */
  readonly lateMs: number;
  /** Of the filter, by its counters' names; empty for Envoy's own policies. */
  readonly stats: ReadonlyMap<string, number>;
}

export const sampleMs = 250;
