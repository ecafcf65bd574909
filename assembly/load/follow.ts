/**
 * Whether a host's utilization follows its rate, and how late. Pure: a host's rate and utilization of the last second come in.
 *
 * Changes are compared, not levels: what a host's rate did in the last seconds, and what its utilization did. Both pass
 * through the same filters, so that they are of the same time.
 */

/** Time constant of the filter on both, in seconds. */
const FILTER_SECONDS: f64 = 1;
const FILTER_REQUESTS: f64 = 5;
const MOST_FILTER_SECONDS: f64 = 8;
/** Lags that a utilization may have behind the rate: one counted over a second, and a moving average of five seconds. */
const QUICK_SECONDS: f64 = 1;
const SLOW_SECONDS: f64 = 5;
/** What rate and utilization were is remembered for so long. */
const REFERENCE_SECONDS: f64 = 8;
/** After utilization changed by itself, the host is not judged for so long. */
const QUIET_SECONDS: f64 = 4;
const SILENT_SECONDS: f64 = 3.5;
const SATURATED: f64 = 0.93;
const FULL_SECONDS: f64 = 4;
const MOST_BEYOND: f64 = 0.5;
/** A change of utilization within a second that is more than chance. */
const JUMP: f64 = 0.03;
/** A change of the rate that is more than chance, beside that of counting. */
const STEP: f64 = 0.06;
/** Evidence is in squares of logarithms. So much is remembered; older evidence gives way to new one. */
const MOST_EVIDENCE: f64 = 0.6;
/** So much of it at most counts of one host, for the others. */
const VOICE: f64 = 0.1;
/** So much evidence to the contrary is needed. */
export const PRIOR: f64 = 0.04;

/** Sums of products and squares of changes, by which utilization is compared with the rate. */
@unmanaged
export class Evidence {
  quickProduct: f64;
  quickSquare: f64;
  slowProduct: f64;
  slowSquare: f64;
  loadSquare: f64;
}

@unmanaged
export class Follower extends Evidence {
  /** Rate through the filter, and through the lags too; below 0: nothing yet. */
  filtered: f64;
  quick: f64;
  slow: f64;
  /** Utilization through the filter; below 0: nothing yet. */
  load: f64;
  /** What logarithms of these were. */
  quickThen: f64;
  slowThen: f64;
  loadThen: f64;
  /** Seconds since its last report. */
  silent: f64;
  /** Seconds for which it has been saturated. */
  full: f64;
  /** Seconds until it is judged again. */
  quiet: f64;
}

/** Time constant of the filter for hosts of that mean rate: long enough for some requests. */
function filterSeconds(mean: f64): f64 {
  return mean > 0 ? min(MOST_FILTER_SECONDS, max(FILTER_SECONDS, FILTER_REQUESTS / mean)) : FILTER_SECONDS;
}

/**
 * Takes in a second's rate, and its mean utilization (below 0: no report came). `mean` is the mean rate of the cluster's
 * hosts.
 */
export function observe(host: Follower, rate: f64, utilization: f64, mean: f64, seconds: f64): void {
  const constant = filterSeconds(mean);
  const filter = part(seconds, constant);
  if (host.filtered < 0) host.filtered = host.quick = host.slow = rate;
  const rateBefore = host.quick;
  host.filtered += (rate - host.filtered) * filter;
  host.quick += (host.filtered - host.quick) * part(seconds, QUICK_SECONDS);
  host.slow += (host.filtered - host.slow) * part(seconds, SLOW_SECONDS);
  host.silent += seconds;
  if (utilization <= 0) return;
  if (host.silent > SILENT_SECONDS * constant) host.quiet = QUIET_SECONDS;
  if (host.load < 0) {
    host.load = utilization;
    host.quiet = QUIET_SECONDS;
  }
  const loadBefore = host.load;
  host.load += (utilization - host.load) * part(host.silent, constant);
  host.silent = 0;
  if (host.quick <= 0 || host.slow <= 0 || rateBefore <= 0) return;
  learn(host, ln(host.quick / rateBefore), ln(host.load / loadBefore), constant, seconds);
}

function part(seconds: f64, constant: f64): f64 {
  return seconds / (seconds + constant);
}

function learn(host: Follower, rateChange: f64, loadChange: f64, constant: f64, seconds: f64): void {
  const quick = ln(host.quick) - host.quickThen;
  const slow = ln(host.slow) - host.slowThen;
  const load = ln(host.load) - host.loadThen;
  const withRate = rateChange > 0 ? loadChange : -loadChange;
  if (abs(loadChange) > JUMP && (withRate < 0 || withRate > 1.5 * abs(rateChange))) host.quiet = QUIET_SECONDS;
  const full = host.load > SATURATED && host.load <= 1;
  host.full = full ? min(host.full + seconds, FULL_SECONDS) : max(host.full - 3 * seconds, 0);
  const judged = host.quiet <= 0 && !full;
  host.quiet -= seconds;
  const forget = judged ? part(seconds, REFERENCE_SECONDS) : 1;
  host.quickThen += quick * forget;
  host.slowThen += slow * forget;
  host.loadThen += load * forget;
  if (!judged || abs(quick) < STEP + 1 / sqrt<f64>(6 * (constant + QUICK_SECONDS) * host.quick)) return;
  host.quickProduct += quick * load;
  host.quickSquare += quick * quick;
  host.slowProduct += slow * load;
  host.slowSquare += slow * slow;
  host.loadSquare += load * load;
  if (host.quickSquare > MOST_EVIDENCE) scale(host, MOST_EVIDENCE / host.quickSquare);
}

function scale(evidence: Evidence, by: f64): void {
  evidence.quickProduct *= by;
  evidence.quickSquare *= by;
  evidence.slowProduct *= by;
  evidence.slowSquare *= by;
  evidence.loadSquare *= by;
}

/** Adds a host's evidence to that of all. */
export function addEvidence(all: Evidence, one: Evidence): void {
  const by = one.quickSquare > VOICE ? VOICE / one.quickSquare : 1;
  all.quickProduct += by * one.quickProduct;
  all.quickSquare += by * one.quickSquare;
  all.slowProduct += by * one.slowProduct;
  all.slowSquare += by * one.slowSquare;
  all.loadSquare += by * one.loadSquare;
}

/** From evidence: 1 where utilization goes with the rate, 0 where it does not. */
export function elasticity(evidence: Evidence, prior: f64, weight: f64): f64 {
  return max(
    (evidence.quickProduct + weight * prior) / (evidence.quickSquare + weight),
    (evidence.slowProduct + weight * prior) / (evidence.slowSquare + weight),
  );
}

/** How late utilization follows: 0 where it follows quickly, 1 where slowly. */
export function lateness(all: Evidence): f64 {
  const quick = unexplained(all.quickProduct, all.quickSquare, all.loadSquare);
  const slow = unexplained(all.slowProduct, all.slowSquare, all.loadSquare);
  return (quick * quick) / (quick * quick + 3 * slow * slow);
}

/** Part of utilization's changes that the rate's do not explain. */
function unexplained(product: f64, square: f64, loadSquare: f64): f64 {
  const explained = product > 0 ? (product * product) / (square * loadSquare + 0.0001) : 0;
  return 1.05 - min<f64>(1, explained);
}

/** Utilization as what it may really be: a host that stays saturated may be asked for more than it tells. */
export function loadOf(host: Follower): f64 {
  return host.load * (1 + MOST_BEYOND * host.full / FULL_SECONDS);
}

/** A host's rate as late as its utilization is. */
export function rateOf(host: Follower, late: f64): f64 {
  return host.quick + (host.slow - host.quick) * late;
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
