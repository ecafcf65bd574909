/**
 * The rate that a report gets when it has none of its own, in requests per second. Pure: counts and times
 * come in.
 *
 * Envoy weighs a host by rate / utilization, and so a host's share decides its next rate. Take the measured
 * rate r, and let utilization u follow load. Then r / u is what the host can do (requests per second at a
 * utilization of 1), whatever its share is: shares go with capacity, and all hosts are equally busy. That
 * holds with an idle utilization, too: where shares stay as they are, all u are equal.
 *
 * Where utilization does not follow load (other tenants, memory, a demo's fixed numbers) the same rate makes
 * a share go with share / u, again and again: the host starves, and stays starved when it is well again,
 * since equal utilizations keep any share as it is. So a part of the mean rate is mixed in. With the part p a
 * fixed u ends near a share of 1 / u^(1/p), and what is left of an old share shrinks by p with each step. But
 * with utilization that follows load, p is paid for: a host of a third of the others' capacity is left
 * (1/3)^-p busier than them.
 *
 * One p does not serve both. So it is learnt from what a change of a host's rate did to its utilization
 * (load/follow): LEAST_HOMING where it follows, MOST_HOMING where it does not.
 */

/**
 * Mean rate below which rates are scaled up: Envoy cuts a weight to an integer, and
 * 1 / 0.9 would weigh as 1 / 0.6.
 */
export const LEAST_MEAN_RPS: f64 = 100;
/** A host's rate counts as at least this part of the mean, so that it can come back from any low. */
const LEAST_PART: f64 = 0.04;
/** The part of the mean that is mixed in. */
const LEAST_HOMING: f64 = 0.006;
const MOST_HOMING: f64 = 0.4;
/**
 * Up to the first of these elasticities, utilization does not follow the rate; from the second on it does.
 */
const FIXED: f64 = 0.1;
export const FOLLOWS: f64 = 0.3;
/** A rate of so few requests per second is hardly measured: half of it is the mean. */
const UNSURE_RPS: f64 = 0.03;
/** Weight of the newest second in the moving average. */
const NEWEST_SECOND: f64 = 0.5;

/** The moving average after `count` requests in `seconds`; `rate` below 0 means there is none yet. */
export function nextRate(rate: f64, count: f64, seconds: f64): f64 {
  const measured = count / seconds;
  return rate < 0 ? measured : rate + (measured - rate) * NEWEST_SECOND;
}

/** The part of the mean that is mixed into a rate, by the elasticity of utilization. */
export function homing(elasticity: f64): f64 {
  const follows = min<f64>(1, max<f64>(0, (elasticity - FIXED) / (FOLLOWS - FIXED)));
  return MOST_HOMING + (LEAST_HOMING - MOST_HOMING) * follows;
}

/**
 * The rate to write for a host of measured `rate` (below 0: none yet, which counts as the mean, so that all
 * hosts start equal). `scaled` is false where other hosts of the cluster report their own rates, which ours
 * must compare with.
 */
export function effectiveRate(rate: f64, mean: f64, elasticity: f64, scaled: bool): f64 {
  if (mean <= 0) return LEAST_MEAN_RPS;
  const base = scaled ? max(mean, LEAST_MEAN_RPS) : mean;
  if (rate < 0) return base;
  const own = ((1 - homing(elasticity)) * rate) / (rate + UNSURE_RPS);
  return base * (1 + own * (max(rate / mean, LEAST_PART) - 1));
}

/** By a rate of its own a host weighs at most so many times what the median of those with one does. */
const MOST_OF_MEDIAN: f64 = 10;

/**
 * The rate that a host may claim: a counter that overflows, or a lie, would draw all traffic. Ten times the
 * median is more than hosts of one service differ by; without a median (fewer than two hosts have a rate) any
 * rate is believed, as Envoy does.
 */
export function mostRate(utilization: f64, medianWeight: f64): f64 {
  return medianWeight > 0 ? utilization * medianWeight * MOST_OF_MEDIAN : Infinity;
}

/** A utilization counts as at least this part of the median of the cluster's hosts. */
const LEAST_OF_MEDIAN: f64 = 0.5;
/**
 * A host below that weighs at most so many times the median, when its utilization does not follow its rate.
 */
const MOST_UNBELIEVED: f64 = 4;

/**
 * What a rate of ours is multiplied with, so that a host which reports next to nothing (its metric is broken,
 * or it lies) does not draw all traffic: its utilization counts as half of the median's at least. The median
 * stands as long as most hosts are honest.
 */
export function believed(utilization: f64, median: f64): f64 {
  // Without a median this is min(1, Infinity).
  return min<f64>(1, utilization / (median * LEAST_OF_MEDIAN));
}

/**
 * The most that such a host may weigh. Half of the median at each step would add up. A host that does get
 * busier by what it gets is given as much as one with a rate of its own.
 */
export function mostWeight(elasticity: f64, medianWeight: f64): f64 {
  return medianWeight > 0 ? medianWeight * (elasticity < FOLLOWS ? MOST_UNBELIEVED : MOST_OF_MEDIAN) : Infinity;
}
