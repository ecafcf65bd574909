/**
 * Whether a host's utilization follows its rate. Pure: a host's rate and utilization of the last second come in.
 *
 * Changes are compared, not levels: what a host's rate did in the last seconds, and what its utilization did. Both pass
 * through the same filters, so that they are of the same time.
 */

/** Time constant of the filter on both, in seconds. */
const FILTER_SECONDS: f64 = 1;
/** Lag that a utilization is expected to have behind the rate: between none and a moving average of five seconds. */
const LAG_SECONDS: f64 = 2;
/** What rate and utilization were is remembered for so long. */
const REFERENCE_SECONDS: f64 = 8;
/** After utilization changed by itself, the host is not judged for so long. */
const QUIET_SECONDS: f64 = 5;
/** A change of utilization within a second that is more than chance. */
const JUMP: f64 = 0.1;
/** A change of the rate that is more than chance, beside that of counting. */
const STEP: f64 = 0.12;
/** Evidence is in squares of logarithms. So much is remembered; older evidence gives way to new one. */
const MOST_EVIDENCE: f64 = 0.6;
/** So much evidence is worth what the other hosts say. */
const PRIOR: f64 = 0.04;

@unmanaged
export class Follower {
  /** Rate through the filter, and through the lag too; below 0: nothing yet. */
  filtered: f64;
  lagged: f64;
  /** Utilization through the filter; below 0: nothing yet. */
  load: f64;
  /** What logarithms of both were. */
  rateThen: f64;
  loadThen: f64;
  /** Sums of products and squares of changes. */
  product: f64;
  square: f64;
  /** Seconds until it is judged again. */
  quiet: f64;
}

export function forgetAll(host: Follower): void {
  host.filtered = host.lagged = host.load = -1;
  host.product = host.square = host.quiet = 0;
}

function part(seconds: f64, constant: f64): f64 {
  return seconds / (seconds + constant);
}

/** Takes in a second's rate, and its mean utilization (below 0: no report came). */
export function observe(host: Follower, rate: f64, utilization: f64, seconds: f64): void {
  if (host.filtered < 0) host.filtered = host.lagged = rate;
  const rateBefore = host.lagged;
  host.filtered += (rate - host.filtered) * part(seconds, FILTER_SECONDS);
  host.lagged += (host.filtered - host.lagged) * part(seconds, LAG_SECONDS);
  if (utilization <= 0) return;
  if (host.load < 0) {
    host.load = utilization;
    host.quiet = QUIET_SECONDS;
  }
  const loadBefore = host.load;
  host.load += (utilization - host.load) * part(seconds, FILTER_SECONDS);
  if (host.lagged <= 0 || rateBefore <= 0) return;
  learn(host, ln(host.lagged / rateBefore), ln(host.load / loadBefore), seconds);
}

function learn(host: Follower, rateChange: f64, loadChange: f64, seconds: f64): void {
  const rateNow = ln(host.lagged);
  const loadNow = ln(host.load);
  if (abs(loadChange) > JUMP && abs(loadChange) > 1.5 * abs(rateChange)) host.quiet = QUIET_SECONDS;
  if (host.quiet > 0) {
    host.quiet -= seconds;
    host.rateThen = rateNow;
    host.loadThen = loadNow;
    return;
  }
  const rateBy = rateNow - host.rateThen;
  const loadBy = loadNow - host.loadThen;
  host.rateThen += rateBy * part(seconds, REFERENCE_SECONDS);
  host.loadThen += loadBy * part(seconds, REFERENCE_SECONDS);
  if (abs(rateBy) < STEP + 1 / sqrt<f64>(6 * host.lagged)) return;
  host.product += rateBy * loadBy;
  host.square += rateBy * rateBy;
  if (host.square > MOST_EVIDENCE) {
    host.product *= MOST_EVIDENCE / host.square;
    host.square = MOST_EVIDENCE;
  }
}

/** From evidence: 1 where utilization goes with the rate, 0 where it does not. */
export function elasticity(product: f64, square: f64, prior: f64): f64 {
  return (product + PRIOR * prior) / (square + PRIOR);
}

/** Natural logarithm of a positive number, to a millionth: the runtime's own brings tables of four kilobytes. */
function ln(value: f64): f64 {
  const bits = reinterpret<u64>(value);
  let exponent = <i32>(bits >> 52) - 1023;
  let mantissa = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (mantissa > 1.4142135623730951) {
    mantissa /= 2;
    exponent++;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const z = s * s;
  return <f64>exponent * 0.6931471805599453 + 2 * s * (1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7))));
}
