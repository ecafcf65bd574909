/**
 * What Envoy is to weigh the hosts of a cluster by whose reports have no rate. Pure: works on the table of
 * hosts.
 */
import { MAX_REPORTED_RPS, MIN_UTILIZATION } from '../bytes/caps';
import { addEvidence, elasticity, Evidence, EVIDENCE_BYTES, lateness, loadOf, rateOf } from './follow';
import { HostLoad, HostTable, IDLE_RATE, loadAt } from './hosts';
import { believed, effectiveRate, mostWeight } from './rate';

const LOAD: usize = offsetof<HostLoad>('load');
const WEIGHT: usize = offsetof<HostLoad>('weight');
const OWN_WEIGHT: usize = offsetof<HostLoad>('ownWeight');
const MAX_WEIGHT: f64 = MAX_REPORTED_RPS / MIN_UTILIZATION;

/** Evidence of all hosts together, while they are weighed. */
const everyone: usize = memory.data(EVIDENCE_BYTES, 8);

/** Median of the hosts' utilizations; 0: fewer than two report. */
export function medianLoad(table: HostTable): f64 {
  return median(table, LOAD, 0);
}

/** Median of the weights by rates of their own, likewise. */
export function medianOwnWeight(table: HostTable): f64 {
  return median(table, OWN_WEIGHT, 1);
}

/** Sets each host's weight. `mean` is the mean rate of a host; see effectiveRate for `scaled`. */
export function weigh(table: HostTable, mean: f64, medianLoad: f64, scaled: bool): void {
  memory.fill(everyone, 0, EVIDENCE_BYTES);
  const all = changetype<Evidence>(everyone);
  for (let i: u32 = 0; i <= table.mask; i++) addEvidence(all, loadAt(table, i));
  const late = lateness(all);
  for (let i: u32 = 0; i <= table.mask; i++) {
    const host = loadAt(table, i);
    if (host.hash == 0 || host.load <= 0) continue;
    const rate = effectiveRate(rateOf(host, late), mean, elasticity(host, all, mean), scaled);
    host.weight = (rate * believed(host.load, medianLoad)) / loadOf(host);
  }
  const middle = median(table, WEIGHT, 1);
  for (let i: u32 = 0; i <= table.mask; i++) {
    const host = loadAt(table, i);
    if (host.hash == 0 || host.load <= 0 || believed(host.load, medianLoad) == 1) continue;
    host.weight = min(host.weight, mostWeight(elasticity(host, all, mean), middle));
  }
}

/**
 * Median of the values above 0 at `field` over the busy hosts, to a millionth; 0 for fewer than two. Of an
 * even number of utilizations it is the upper one, of weights the lower one (`lower` is 1): the one that a
 * liar has no use for.
 */
function median(table: HostTable, field: usize, lower: i32): f64 {
  let low: f64 = 0;
  let high = MAX_WEIGHT;
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    let all = 0;
    let below = 0;
    for (let i: u32 = 0; i <= table.mask; i++) {
      const host = loadAt(table, i);
      const value = load<f64>(changetype<usize>(host) + field);
      // A free place has the rate 0.
      if (host.rate < IDLE_RATE || value <= 0) continue;
      all++;
      below += <i32>(value <= middle);
    }
    if (all < 2) return 0;
    if (below * 2 + lower > all) high = middle;
    else low = middle;
  }
  return high;
}
