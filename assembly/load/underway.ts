/**
 * The requests under way at one host, by the tick in which they began. Two things are read off: how many of
 * them are load, and how long those without an answer have been waiting.
 *
 * What has been open for far longer than requests usually take is no load: a WebSocket, a long poll. What
 * waits for long in earnest shows in the pace of the host (load/pace).
 */
import { MOST_OF_USUAL, STREAMING_STEP, USUAL_STEP, WAITING_TICKS } from './tuning';

/** Ticks that are told apart. What began before them is one number. */
const TICKS: u32 = 32;
const RING_BYTES: u32 = TICKS * 4;
/** Of the two rings of a host. */
export const UNDER_WAY_BYTES: u32 = RING_BYTES * 2;

@unmanaged
export class UnderWay {
  /** All of them. */
  inFlight: u32;
  /** Those that are load. */
  load: u32;
  /** Those that began before the ring. */
  older: u32;
  /** At the last tick: what of the load the ring tells apart, and which of it had its headers already. */
  recent: u32;
  streams: u32;
  /** From which age on a request is no load, in ticks. */
  horizon: u32;
  /** By tick: all that count, and of these those without an answer. UNDER_WAY_BYTES in a row. */
  rings: usize;
}

function counter(host: UnderWay, tick: u32): usize {
  return host.rings + (<usize>(tick & (TICKS - 1)) << 2);
}

function add(at: usize, by: i32): void {
  store<u32>(at, load<u32>(at) + by);
}

/** A request that began in the tick `began` is on its way. */
export function enter(host: UnderWay, began: u32, now: u32, waits: bool): void {
  change(host, began, now, 1);
  if (waits && now - began < TICKS) add(counter(host, began) + RING_BYTES, 1);
}

/** It has an answer, or none will come. */
export function settle(host: UnderWay, began: u32, now: u32): void {
  if (now - began < TICKS) add(counter(host, began) + RING_BYTES, -1);
}

export function leave(host: UnderWay, began: u32, now: u32): void {
  change(host, began, now, -1);
}

function change(host: UnderWay, began: u32, now: u32, by: i32): void {
  if (now - began < TICKS) add(counter(host, began), by);
  else host.older += by;
  if (now - began < host.horizon) host.load += by;
}

/** The tick `now` begins. Requests that began `horizon` ticks ago and before are no load. */
export function turn(host: UnderWay, now: u32, horizon: u32): void {
  host.horizon = horizon;
  const oldest = counter(host, now);
  host.older += load<u32>(oldest);
  store<u32>(oldest, 0);
  store<u32>(oldest + RING_BYTES, 0);
  let recent: u32 = 0;
  let waiting: u32 = 0;
  for (let age: u32 = 0; age < min(horizon, TICKS); age++) {
    recent += load<u32>(counter(host, now - age));
    waiting += waitingSince(host, age, now);
  }
  host.recent = recent;
  host.streams = recent - waiting;
  host.load = recent + (horizon > TICKS ? host.older : 0);
}

/** How many ticks half of all requests are open for at least, after one more that was open for `ticks`. */
export function nextUsual(usual: f64, ticks: u32): f64 {
  const step = max<f64>(1, usual) * USUAL_STEP;
  return <f64>ticks > usual ? usual + step : max<f64>(0, usual - step);
}

/** Which part of the load is being answered, smoothed, after a tick at which that was so of `streams`. */
export function nextStreaming(streaming: f64, streams: u32, recent: u32): f64 {
  if (recent == 0) return streaming;
  return streaming + (<f64>streams / <f64>recent - streaming) * STREAMING_STEP;
}

/** From which age on a request is no load, in ticks. */
export function horizonOf(usual: f64): u32 {
  const ticks = <u32>min<f64>(usual * MOST_OF_USUAL, TICKS + 1);
  return ticks > TICKS ? u32.MAX_VALUE : max(ticks, WAITING_TICKS);
}

/** How many wait since so many ticks. */
export function waitingSince(host: UnderWay, age: u32, now: u32): u32 {
  return load<u32>(counter(host, now - age) + RING_BYTES);
}
