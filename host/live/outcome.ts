/** What became of one change, for whoever shows it; the line that is printed says the same. */
import type { NamedPlan } from './stable-names.ts';

export interface Change extends Outcome {
  /** What of the input is new, other or gone. */
  readonly sources: readonly { readonly what: string; readonly at: string }[];
}

export interface Outcome {
  /** What differs, in words; empty where it could not be told. */
  readonly parts: readonly string[];
  /** waiting: no Envoy is connected. unanswered: some have not said a word yet. */
  readonly result: 'acknowledged' | 'refused' | 'unanswered' | 'waiting';
  /** Why what Envoy has stays; '' when it does not. */
  readonly reason: string;
  /** Milliseconds since something changed. */
  readonly ms: number;
  /** Names of those that have it. */
  readonly envoys: readonly string[];
  readonly before: NamedPlan;
  /** Absent: refused. */
  readonly after?: NamedPlan;
}
