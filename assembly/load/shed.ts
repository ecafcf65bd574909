/**
 * The part of its keys that a host sheds (gives away), from what it reports and from how fast it answers: 0
 * is none, 0.9 nearly all. Pure; one step is one tick of STICKY_TICK_MILLISECONDS.
 *
 * By its reports a host sheds by a controller, not above a threshold. Reports are late and everyone reads the
 * same ones, so above a threshold all keys flee at once, to hosts with cold caches, which are then the hot
 * ones. A step is at most a few percent. A host is compared with its peers: where all are hot, giving keys
 * away only cools the caches.
 *
 * Worked example, target 0.8, peers at 0.5: a host that reports 1 with twice the mean in flight has the error
 * min(1, 1) - max(0.8, 0.6) = 0.2, doubled; a second (four ticks) later it gives away 5 % of its keys. When
 * it is back at 0.4 the error is at its lowest, -0.3, and 3.75 % come home each second.
 */
import {
  ABOVE_MEAN,
  CERTAIN,
  LATE_STEP,
  MAX_ANSWERS,
  MAX_BURDEN,
  MAX_SHED,
  MAX_SLOW_RISE,
  MIN_ANSWERS,
  MIN_ERROR,
  NEWEST_IN_FLIGHT,
  PACE_ALLOWANCE,
  SHED_STEP,
  SLOW_RISE,
  SLOW_FALL,
  SLOW_FROM,
} from './tuning';

export function nextAverage(average: f64, inFlight: u32): f64 {
  return average + (<f64>inFlight - average) * NEWEST_IN_FLIGHT;
}

/** The part after a tick, of a host that has said nothing for a long time. */
export function forget(shed: f64): f64 {
  const next = shed - shed * SHED_STEP;
  return next < 0.001 ? 0 : next;
}

/**
 * The part after a tick in which a report came. `mean` is the mean of the hosts' reports. `burden` is what
 * the host has in flight on average, as a multiple of its share: a host that says it is hot must really carry
 * load.
 */
export function nextHot(shed: f64, reported: f64, target: f64, mean: f64, burden: f64): f64 {
  let error = max(MIN_ERROR, reported - max(target, mean + ABOVE_MEAN));
  if (error > 0) error *= min(MAX_BURDEN, burden);
  return min(MAX_SHED, max<f64>(0, shed + error * SHED_STEP));
}

/** A reported utilization as it counts: at most 1. -1 when it is none: NaN, negative or infinite. */
export function asShare(utilization: f64): f64 {
  return utilization >= 0 && utilization < Infinity ? min<f64>(1, utilization) : -1;
}

/**
 * The part that a host sheds because it is slow, after a tick. `pace` and `peers` are times of an answer, of
 * this host and of the usual one, 0 where they are not known. A host that is r times slower keeps so few keys
 * that it is less busy than its peers: r^-1.5 of them. One that is clearly slow gives them away within a
 * second. It takes them back as fast: its cache still has them.
 */
export function nextSlow(slow: f64, pace: f64, peers: f64): f64 {
  let due: f64 = 0;
  let rise: f64 = 0;
  if (pace > 0 && peers > 0) {
    const ratio = slowness(pace, peers);
    if (ratio > 1) {
      due = 1 - 1 / (ratio * Math.sqrt(ratio));
      rise = (ratio - 1) * (ratio - 1) * SLOW_RISE;
    }
  }
  if (due > slow) return min(MAX_SHED, min(due, slow + min(rise, MAX_SLOW_RISE)));
  const next = due + (slow - due) * SLOW_FALL;
  return next < 0.01 ? 0 : next;
}

/** Above 1: it is slow. */
function slowness(pace: f64, peers: f64): f64 {
  return (pace + PACE_ALLOWANCE) / (peers + PACE_ALLOWANCE) / SLOW_FROM;
}

/** Which part of all answers is late, smoothed, after one that took so long. */
export function nextLate(late: f64, took: f64, peers: f64): f64 {
  if (peers == 0) return late;
  return late + ((slowness(took, peers) > 1 ? 1 : 0) - late) * LATE_STEP;
}

/** With fewer answers nothing is known of a host's pace: by chance none of their keys was in the cache. */
export function enoughAnswers(late: f64): u32 {
  const needed = late > 0 ? Math.ceil(CERTAIN / -Math.log(min<f64>(late, 0.99))) : 0;
  return max(MIN_ANSWERS, <u32>min<f64>(MAX_ANSWERS, needed));
}
