/**
 * How often a host's load reports were accepted, repaired and refused since somebody was told, and when that
 * was. Pure: the time comes in.
 */

/** Between two lines about good reports of a host, and between two about refused ones. */
const QUIET_NANOSECONDS: u64 = 5000000000;

@unmanaged
export class Heard {
  accepted: u32;
  repaired: u32;
  refused: u32;
  /** Nanoseconds since 1970; 0: never. */
  goodToldAt: u64;
  refusedToldAt: u64;
}

export const HEARD_BYTES: u32 = <u32>offsetof<Heard>();

/** Whether it is time to tell of a report like this one. */
export function isDue(heard: Heard, refused: bool, now: u64): bool {
  return now - (refused ? heard.refusedToldAt : heard.goodToldAt) >= QUIET_NANOSECONDS;
}

/** It was told: counts begin anew. */
export function told(heard: Heard, refused: bool, now: u64): void {
  if (refused) heard.refusedToldAt = now;
  else heard.goodToldAt = now;
  heard.accepted = heard.repaired = heard.refused = 0;
}
