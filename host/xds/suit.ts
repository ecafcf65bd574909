/** What an Envoy gets in the place of a snapshot, because of its version. Who decides that is not here. */
import type { Snapshot } from './encode.ts';

export interface Suited {
  /** Of the same version and names. */
  readonly snapshot: Snapshot;
  /** A sentence for each part that is not as it was meant. */
  readonly lacks: readonly string[];
}

/** @param envoy Its version: `1.40.0`; '' when it does not say. */
export type Suit = (snapshot: Snapshot, envoy: string) => Suited;

export const asItIs = (snapshot: Snapshot): Suited => ({ snapshot, lacks: [] });

/** One that would have less than what is served. */
export interface Lacking {
  readonly id: string;
  readonly envoy: string;
  readonly lacks: readonly string[];
}
