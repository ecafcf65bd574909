/**
 * How a host's utilization follows its rate: at all, and how late. Pure: what a host did in the last second
 * comes in.
 *
 * Changes are compared, not levels: what a host's rate did in the last seconds, and what its utilization did.
 * Both pass through the same filter, so that they are of the same time. The rate also passes through two
 * lags, since a utilization may be a moving average; the one that explains utilization better counts more.
 *
 * A change of utilization without one of the rate (other tenants, a new capacity) says nothing about this,
 * and hides what the rate does: the host is not judged for some seconds. Nor is it while it is saturated.
 */

/**
 * Time constant of the filter on both, in seconds: at least, at most, and for how many requests in between.
 */
const FILTER_SECONDS: f64 = 1;
const MOST_FILTER_SECONDS: f64 = 8;
const FILTER_REQUESTS: f64 = 5;
/** Lags that a utilization may have behind the rate: counted over a second, and averaged over five. */
const QUICK_SECONDS: f64 = 0.5;
const SLOW_SECONDS: f64 = 5;
/** Changes are told against what was: a moving average of so many seconds. */
const BEFORE_SECONDS: f64 = 8;
/** So long a host is not judged after utilization changed by itself. */
const QUIET_SECONDS: f64 = 4;
/** After so long without a report, in time constants of the filter, the next one is a change by itself. */
const SILENT_FILTERS: f64 = 3.5;
/**
 * Changes above this are more than chance, in logarithms: of utilization in a tick, of the rate (beside its
 * counting).
 */
const LEAST_JUMP: f64 = 0.03;
const LEAST_STEP: f64 = 0.06;
/** A utilization from here to 1 may be that of a host which is asked for more than it can do. */
const SATURATED: f64 = 0.93;
/** After so long there it counts as so much more than it tells. */
const SATURATED_SECONDS: f64 = 4;
const BEYOND: f64 = 0.5;
/** Evidence is a sum of squares of changes. So much is remembered of a host; older evidence gives way. */
const MOST_EVIDENCE: f64 = 0.6;
/**
 * So much of a host's evidence counts for all hosts, and so many times that is heard before the host's own.
 */
const VOICE: f64 = 0.1;
const VOICES: f64 = 5;
/** A host with so many times the mean rate is judged by its own evidence. */
const MUCH: f64 = 1.5;
/** What is thought of a cluster before there is evidence, and how much evidence that is worth. */
const PRIOR: f64 = 0.28;
const PRIOR_EVIDENCE: f64 = 0.04;

/** Sums of products and squares of changes, for a linear fit of utilization's changes by the rate's. */
@unmanaged
export class Evidence {
  quickProduct: f64;
  quickSquare: f64;
  slowProduct: f64;
  slowSquare: f64;
  loadSquare: f64;
}

export const EVIDENCE_BYTES: u32 = <u32>offsetof<Evidence>();

@unmanaged
export class Follower extends Evidence {
  /** The rate through the filter, and through a lag more. `filtered` is below 0 before the first one. */
  filtered: f64;
  quick: f64;
  slow: f64;
  /** Utilization through the filter; below 0 before the first report. */
  load: f64;
  /** Logarithms of these as they were. */
  quickBefore: f64;
  slowBefore: f64;
  loadBefore: f64;
  /** Seconds since the last report, of saturation, and until the host is judged again. */
  silent: f64;
  saturated: f64;
  quiet: f64;
}

export function startFollowing(host: Follower): void {
  host.filtered = host.load = -1;
}

/** Forgets all that was learnt of utilization, for it now comes from other metrics. The rate stays. */
export function forgetLoad(host: Follower): void {
  memory.fill(changetype<usize>(host), 0, EVIDENCE_BYTES);
  host.load = -1;
  host.silent = host.saturated = 0;
}

/**
 * Takes in what happened since the last tick: the rate in requests per second, the mean of the utilizations
 * reported (below 0: none). `mean` is the mean rate of the cluster's hosts, `seconds` the time since the last
 * tick.
 */
export function observe(host: Follower, rate: f64, utilization: f64, mean: f64, seconds: f64): void {
  const filter = mean > 0 ? min(MOST_FILTER_SECONDS, max(FILTER_SECONDS, FILTER_REQUESTS / mean)) : FILTER_SECONDS;
  if (host.filtered < 0) host.filtered = host.quick = host.slow = rate;
  const filteredBefore = host.filtered;
  const quickBefore = host.quick;
  const slowBefore = host.slow;
  host.filtered += (rate - host.filtered) * part(seconds, filter);
  host.quick += (host.filtered - host.quick) * part(seconds, QUICK_SECONDS);
  host.slow += (host.filtered - host.slow) * part(seconds, SLOW_SECONDS);
  host.silent += seconds;
  if (utilization <= 0) return;
  if (host.load < 0 || host.silent > SILENT_FILTERS * filter) host.quiet = QUIET_SECONDS;
  if (host.load < 0) host.load = utilization;
  const loadBefore = host.load;
  host.load += (utilization - host.load) * part(host.silent, filter);
  host.silent = 0;
  if (host.filtered <= 0 || filteredBefore <= 0) return;
  const change = ln(host.load / loadBefore);
  if (
    isByItself(change, ln(host.filtered / filteredBefore)) &&
    isByItself(change, ln(host.quick / quickBefore)) &&
    isByItself(change, ln(host.slow / slowBefore))
  ) {
    host.quiet = QUIET_SECONDS;
  }
  learn(host, LEAST_STEP + 1 / sqrt<f64>(6 * (filter + QUICK_SECONDS) * host.quick), seconds);
}

/** What a first-order filter of that time constant takes over of a new value. */
function part(seconds: f64, constant: f64): f64 {
  return seconds / (seconds + constant);
}

function isByItself(load: f64, rate: f64): bool {
  const withRate = rate > 0 ? load : -load;
  return abs(load) > LEAST_JUMP && (withRate < 0 || withRate > 1.5 * abs(rate));
}

/** Adds to a host's evidence, when its rate has changed by `least` or more. */
function learn(host: Follower, least: f64, seconds: f64): void {
  const isSaturated = host.load > SATURATED && host.load <= 1;
  host.saturated = isSaturated ? min(host.saturated + seconds, SATURATED_SECONDS) : max<f64>(host.saturated - 3 * seconds, 0);
  const isJudged = host.quiet <= 0 && !isSaturated;
  const quick = ln(host.quick) - host.quickBefore;
  const slow = ln(host.slow) - host.slowBefore;
  const load = ln(host.load) - host.loadBefore;
  host.quiet -= seconds;
  const forget = isJudged ? part(seconds, BEFORE_SECONDS) : 1;
  host.quickBefore += quick * forget;
  host.slowBefore += slow * forget;
  host.loadBefore += load * forget;
  if (!isJudged || abs(quick) < least) return;
  const square = host.quickSquare + quick * quick;
  const keep = square > MOST_EVIDENCE ? MOST_EVIDENCE / square : 1;
  host.quickProduct = (host.quickProduct + quick * load) * keep;
  host.quickSquare = square * keep;
  host.slowProduct = (host.slowProduct + slow * load) * keep;
  host.slowSquare = (host.slowSquare + slow * slow) * keep;
  host.loadSquare = (host.loadSquare + load * load) * keep;
}

/**
 * Adds a host's evidence to that of all hosts, each with about the same voice: one that jumped has the most,
 * and the worst.
 */
export function addEvidence(all: Evidence, host: Evidence): void {
  const by = host.quickSquare > VOICE ? VOICE / host.quickSquare : 1;
  all.quickProduct += by * host.quickProduct;
  all.quickSquare += by * host.quickSquare;
  all.slowProduct += by * host.slowProduct;
  all.slowSquare += by * host.slowSquare;
  all.loadSquare += by * host.loadSquare;
}

/**
 * By how much utilization changes with the rate, in logarithms: 1 where it follows, 0 where it does not. The
 * others are heard first, but not of a host that has much more than they (`mean` is the mean rate) and may
 * have got it by a lie.
 */
export function elasticity(host: Follower, all: Evidence, mean: f64): f64 {
  const common = fit(all, PRIOR, PRIOR_EVIDENCE);
  return fit(host, common, host.quick > MUCH * mean ? PRIOR_EVIDENCE : PRIOR_EVIDENCE + VOICES * all.quickSquare);
}

function fit(evidence: Evidence, prior: f64, weight: f64): f64 {
  return max(
    (evidence.quickProduct + prior * weight) / (evidence.quickSquare + weight),
    (evidence.slowProduct + prior * weight) / (evidence.slowSquare + weight),
  );
}

/** How late utilization follows: from 0 (quickly, which is also believed without evidence) to 1 (slowly). */
export function lateness(all: Evidence): f64 {
  const quick = unexplained(all.quickProduct, all.quickSquare, all.loadSquare);
  const slow = unexplained(all.slowProduct, all.slowSquare, all.loadSquare);
  return (quick * quick) / (quick * quick + 3 * slow * slow);
}

/**
 * Part of utilization's changes that those of a lagged rate do not explain (1 less the coefficient of
 * determination).
 */
function unexplained(product: f64, square: f64, loadSquare: f64): f64 {
  const explained = product > 0 ? (product * product) / (square * loadSquare + 0.0001) : 0;
  return 1.05 - min<f64>(1, explained);
}

/** The rate as late as utilization is. */
export function rateOf(host: Follower, late: f64): f64 {
  return host.quick + (host.slow - host.quick) * late;
}

/** Utilization; of a host that stays saturated, more than it tells. */
export function loadOf(host: Follower): f64 {
  return host.load * (1 + (BEYOND * host.saturated) / SATURATED_SECONDS);
}

/**
 * Natural logarithm of a positive number, to a millionth. The runtime's own brings tables of some kilobytes.
 */
export function ln(value: f64): f64 {
  const bits = reinterpret<u64>(value);
  let exponent = <i32>(bits >> 52) - 1023;
  let mantissa = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (mantissa > 1.4142135623730951) {
    mantissa /= 2;
    exponent++;
  }
  // ln m = 2 artanh((m - 1) / (m + 1)).
  const s = (mantissa - 1) / (mantissa + 1);
  const z = s * s;
  return <f64>exponent * 0.6931471805599453 + 2 * s * (1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7))));
}
