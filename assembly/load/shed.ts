/**
 * The part of its keys that a host gives away, from what it reports (0: none, 0.9: nearly all). Pure; one step is one
 * tick of TICK_MILLISECONDS.
 *
 * A host sheds by a controller, not by a threshold: reports are late and everyone reads the same ones, so a threshold
 * makes all flee at once, onto hosts whose caches are cold, which are then the hot ones. A step is at most a few
 * percent, and is taken against the peers: where all are hot, giving keys away only cools the caches.
 *
 * Worked example, target 0.8, peers at 0.5: a host that reports 1 with twice the mean in flight has the error
 * min(1, 1) - max(0.8, 0.6) = 0.2, doubled; a second (four ticks) later it gives away 5 % of its keys. When it is back at
 * 0.4 the error is at its lowest, -0.3, and 3.75 % come home each second.
 */

export const TICK_MILLISECONDS: u32 = 250;
export const MOST_SHED: f64 = 0.9;
/** Of a host that is new or back: its cold cache fills gently. */
export const JOINING_SHED: f64 = 0.5;

const STEP: f64 = 1.0 / 32;
const LEAST_ERROR: f64 = -0.3;
const MOST_FACTOR: f64 = 4;
/** A host is hot only when it is above the mean of its peers by this. */
const ABOVE_MEAN: f64 = 0.1;
/** Weight of the newest value in the moving average of requests in flight. */
const NEWEST: f64 = 1.0 / 8;

export function nextAverage(average: f64, inFlight: u32): f64 {
  return average + (<f64>inFlight - average) * NEWEST;
}

/** After a tick for which a host has said nothing for a long time. */
export function forget(shed: f64): f64 {
  const next = shed - shed * STEP;
  return next < 0.001 ? 0 : next;
}

/**
 * After a tick in which a report came. `mean` is the mean of the hosts' reports, `burden` what the host has in flight on
 * average as a multiple of its share: a host that says it is hot must really carry load.
 */
export function nextShed(shed: f64, reported: f64, target: f64, mean: f64, burden: f64): f64 {
  let error = max(LEAST_ERROR, reported - max(target, mean + ABOVE_MEAN));
  if (error > 0) error *= min(MOST_FACTOR, burden);
  return min(MOST_SHED, max<f64>(0, shed + error * STEP));
}

/** A reported utilization as it counts: at most 1. Below 0 for what is no share: NaN, negative, infinite. */
export function asShare(utilization: f64): f64 {
  return utilization >= 0 && utilization < Infinity ? min<f64>(1, utilization) : -1;
}
