/**
 * The rate that a report gets when it has none of its own, in requests per second. Pure: counts and times come in.
 *
 * Envoy weighs a host by rate / utilization. With the plainly measured rate r that is a loop: the share that a host gets
 * decides its next rate. Where utilization does not follow load (other tenants, memory, a demo's fixed numbers) the share
 * goes with share / utilization, again and again: a host at 0.9 beside 0.3 loses two thirds of its share at each update,
 * starves, and stays starved when it is well again, since equal utilizations then keep any share as it is. With a
 * constant rate, where utilization does follow load, the share goes with capacity / share and swings for ever.
 *
 * So the rate written is sqrt(r * mean), where mean is the mean rate of the cluster's hosts. In logarithms each update
 * halves what is left of an old share. Fixed utilization: share ~ 1 / utilization^2 (0.9 beside three of 0.3: 3.6 %),
 * and half of the way back per update. Utilization proportional to load: share ~ capacity^(2/3), each update takes the
 * error times -1/2, so it settles, also when reports are late.
 */

/** Mean rate below which rates are scaled up: Envoy cuts a weight to an integer, and 1 / 0.9 would weigh as 1 / 0.6. */
export const LEAST_MEAN_RPS: f64 = 100;
/** A host's rate counts as at least this part of the mean, so that it can come back from any low. */
const LEAST_PART: f64 = 0.04;
/** Weight of the newest second in the moving average. */
const NEWEST_SECOND: f64 = 0.5;

/** The moving average after `count` requests in `seconds`; `rate` below 0 means there is none yet. */
export function nextRate(rate: f64, count: f64, seconds: f64): f64 {
  const measured = count / seconds;
  return rate < 0 ? measured : rate + (measured - rate) * NEWEST_SECOND;
}

/**
 * The rate to write for a host of measured `rate` (below 0: none yet, which counts as the mean, so that all hosts start
 * equal). `scaled` is false where other hosts of the cluster report their own rates, which ours must compare with.
 */
export function effectiveRate(rate: f64, mean: f64, elasticity: f64, scaled: bool): f64 {
  if (mean <= 0) return LEAST_MEAN_RPS;
  const part = rate < 0 ? 1 : max(rate / mean, LEAST_PART);
  const base = scaled ? max(mean, LEAST_MEAN_RPS) : mean;
  const sure = rate < 0 ? 0 : rate / (rate + UNSURE_RPS);
  const home = 1 - (1 - homing(elasticity)) * sure;
  return base * (part + (1 - part) * home);
}

/** So few requests per second say little about a host: half of its rate is then the mean. */
const UNSURE_RPS: f64 = 0.03;
const HOMING_FIXED: f64 = 0.4;
const HOMING_FOLLOWS: f64 = 0.01;

function homing(elasticity: f64): f64 {
  const follows = min<f64>(1, max<f64>(0, (elasticity - 0.1) / 0.2));
  return HOMING_FIXED + (HOMING_FOLLOWS - HOMING_FIXED) * follows;
}

/** By a rate of its own a host weighs at most so many times what the median of those with one does. */
const MOST_OF_MEDIAN: f64 = 10;

/**
 * The rate that a host may claim: a counter that overflows, or a lie, would draw all traffic. Ten times the median is more than
 * hosts of one service differ by; without a median (fewer than two hosts have a rate) any rate is believed, as Envoy does.
 */
export function mostRate(utilization: f64, medianWeight: f64): f64 {
  return medianWeight > 0 ? utilization * medianWeight * MOST_OF_MEDIAN : Infinity;
}

/** A utilization counts as at least this part of the median of the cluster's hosts. */
const LEAST_OF_MEDIAN: f64 = 0.5;

/**
 * What a rate of ours is multiplied with, so that a host which reports next to nothing (its metric is broken, or it lies) does not
 * draw all traffic: it weighs at most twice what a host of the median does. By the loop above that makes four times its share,
 * where a report of 0.01 beside 0.5 would take more than 99 %. The median stands as long as most hosts are honest.
 */
export function believed(utilization: f64, median: f64): f64 {
  // Without a median this is min(1, Infinity).
  return min<f64>(1, utilization / (median * LEAST_OF_MEDIAN));
}
