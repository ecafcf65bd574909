/**
 * How long a host takes until the headers of an answer: the fastest of nearly a second. That is a request
 * whose key the host has in its cache and that did not have to wait, if there was one. So long answers, a
 * cache that is half cold and a queue for a moment do not make a host slow; where the whole host is slow,
 * even its fastest answer tells so.
 *
 * A host that answers nothing, while requests wait, takes as long as that. Pure: knows no clock but the tick.
 */
import { MIN_ANSWERS, PACE_TICKS, STICKY_TICK_MILLISECONDS } from './tuning';
import { UnderWay, waitingSince } from './underway';

/** At least PACE_TICKS. */
const RING: u32 = 8;
const ENTRY_BYTES: u32 = 8;
export const PACE_BYTES: u32 = RING * ENTRY_BYTES;
const TICK_MICROSECONDS: u32 = STICKY_TICK_MILLISECONDS * 1000;

@unmanaged
export class Paced extends UnderWay {
  /** By tick the fastest answer in microseconds and how many there were, 4 bytes each: PACE_BYTES. */
  answers: usize;
  /** It has answered nothing since several requests began to wait for more than a second. */
  silent: u32;
  /** The answers of that time that all workers saw, and the fastest of them; 0: they tell nothing. */
  sharedAnswers: u32;
  sharedFastest: u32;
  /** How many answers its pace was read from, and the fastest of them if there were any. */
  answered: u32;
  fastest: u32;
}

function entry(host: Paced, tick: u32): usize {
  return host.answers + <usize>(tick & (RING - 1)) * ENTRY_BYTES;
}

/** An answer that stands for so many. */
export function noteAnswer(host: Paced, microseconds: u64, now: u32, stands: u32 = 1): void {
  const at = entry(host, now);
  const took = <u32>min<u64>(microseconds, u32.MAX_VALUE);
  if (load<u32>(at, 4) == 0 || took < load<u32>(at)) store<u32>(at, took);
  store<u32>(at, load<u32>(at, 4) + stands, 4);
}

/** How many answers came since the last tick. */
export function answersNow(host: Paced, now: u32): u32 {
  return load<u32>(entry(host, now), 4);
}

/** The fastest of them, if there were any. */
export function fastestNow(host: Paced, now: u32): u32 {
  return load<u32>(entry(host, now));
}

/** The tick `now` begins. */
export function turnPace(host: Paced, now: u32): void {
  store<u64>(entry(host, now), 0);
}

/** Microseconds; 0 when there are too few requests to tell. */
export function paceOf(host: Paced, now: u32, enough: u32): u32 {
  let count: u32 = 0;
  let fastest: u32 = u32.MAX_VALUE;
  let waiting: u32 = 0;
  for (let age: u32 = 0; age < RING && (age < PACE_TICKS || count + waiting < enough); age++) {
    const at = entry(host, now - age);
    const here = load<u32>(at, 4);
    if (here > 0) fastest = min(fastest, load<u32>(at));
    count += here;
    if (age > 0) waiting += waitingSince(host, age, now);
  }
  if (host.sharedAnswers > 0) fastest = count > 0 ? min(fastest, host.sharedFastest) : host.sharedFastest;
  if (host.sharedAnswers > count) count = host.sharedAnswers;
  host.answered = count;
  host.fastest = max(fastest, 1);
  if (count > 0 || host.inFlight == 0) host.silent = 0;
  else if (waiting >= MIN_ANSWERS) host.silent = 1;
  if (host.silent) return RING * TICK_MICROSECONDS;
  return count + waiting < enough ? 0 : host.fastest;
}
