/**
 * Gauges of hosts. Envoy keeps a statistic for its whole life, so names are defined once in a VM and found
 * again by cluster and address, whichever configuration shows the host. A host that is gone shows 0 and gives
 * its place back. A host that finds no place is counted once, and tries again at each tick.
 */
import * as host from '../abi/host';
import { MAX_GAUGE_HOSTS, MAX_GAUGE_HOSTS_EVER } from '../bytes/caps';
import * as heap from '../bytes/heap';
import { Bytes, copyTo, equal, size } from '../bytes/view';
import { xxh64 } from '../hash/xxh64';
import { HostState } from '../load/cluster';
import { addressOf, HostLoad } from '../load/hosts';
import * as metrics from './metrics';

/** The first of the gauges of a host, by the balancer of its cluster (the order in filter/metrics). */
const OF_RATES: u32 = 0;
const OF_STICKY: u32 = 2;
const UTILIZATION: u32 = 1;
const FASTEST: u32 = 4;

@unmanaged
class Gauges {
  next: usize;
  kind: u32;
  /** Envoy's ids. 0: it has refused. */
  first: u32;
  second: u32;
  /** Of a sticky cluster, once there is something to show; 0: not yet. */
  utilization: u32;
  fastest: u32;
  /** Records of hosts that show here. */
  references: u32;
  /** In the same block of memory, after the record. */
  cluster: Bytes;
  address: Bytes;
}

const HEAD: u32 = <u32>offsetof<Gauges>();
/** What stands in the record of a host for one that found no place, and is counted. */
const REFUSED: usize = 1;
/** Lists of gauges, by the low bits of a hash. */
const LISTS: u32 = 256;
const lists: usize = memory.data(LISTS * 4, 4);
let known: u32 = 0;
let shown: u32 = 0;

/** The gauges to use from now on, when there were none (0 or REFUSED); else those that there are. */
function ensure(before: usize, kind: u32, cluster: Bytes, address: Bytes): usize {
  if (before > REFUSED) return before;
  const found = open(kind, cluster, address);
  if (found != 0) return found;
  if (before != REFUSED) metrics.count(metrics.HOSTS_WITHOUT_GAUGES);
  return REFUSED;
}

function open(kind: u32, cluster: Bytes, address: Bytes): usize {
  const list = lists + ((<usize>xxh64(address, xxh64(cluster, kind)) & (LISTS - 1)) << 2);
  let p: usize = load<u32>(list);
  while (p != 0 && !isOf(changetype<Gauges>(p), kind, cluster, address)) p = changetype<Gauges>(p).next;
  if (shown == MAX_GAUGE_HOSTS && (p == 0 || changetype<Gauges>(p).references == 0)) return 0;
  if (p == 0) p = define(list, kind, cluster, address);
  if (p == 0 || changetype<Gauges>(p).first == 0) return 0;
  if (changetype<Gauges>(p).references++ == 0) shown++;
  return p;
}

function isOf(gauges: Gauges, kind: u32, cluster: Bytes, address: Bytes): bool {
  return gauges.kind == kind && equal(gauges.address, address) && equal(gauges.cluster, cluster);
}

function define(list: usize, kind: u32, cluster: Bytes, address: Bytes): usize {
  if (known == MAX_GAUGE_HOSTS_EVER) return 0;
  const made = heap.alloc(HEAD + size(cluster) + size(address));
  if (made == 0) return 0;
  known++;
  const gauges = changetype<Gauges>(made);
  gauges.kind = kind;
  gauges.first = metrics.defineHostGauge(kind, cluster, address);
  gauges.second = gauges.first == 0 ? 0 : metrics.defineHostGauge(kind + 1, cluster, address);
  gauges.utilization = gauges.fastest = 0;
  gauges.references = 0;
  gauges.cluster = copyTo(made + HEAD, cluster);
  gauges.address = copyTo(made + HEAD + size(cluster), address);
  gauges.next = load<u32>(list);
  store<u32>(list, <u32>made);
  return made;
}

/** True when nothing shows there any more. */
function close(gauges: Gauges): bool {
  if (--gauges.references > 0) return false;
  shown--;
  return true;
}

/** Shows the rate and the utilization that a worker knows of a host. */
export function showLoad(load: HostLoad, cluster: Bytes): void {
  load.gauges = ensure(load.gauges, OF_RATES, cluster, addressOf(load));
  if (load.gauges == REFUSED) return;
  const gauges = changetype<Gauges>(load.gauges);
  host.record(gauges.first, <u64>(max<f64>(0, load.rate) * 1000));
  if (load.utilization >= 0) host.record(gauges.second, <u64>(load.utilization * 1000));
}

export function hideLoad(load: HostLoad): void {
  if (load.gauges > REFUSED && close(changetype<Gauges>(load.gauges))) {
    const gauges = changetype<Gauges>(load.gauges);
    host.record(gauges.first, 0);
    host.record(gauges.second, 0);
  }
  load.gauges = 0;
}

/**
 * Shows what a host sheds, how many requests are in flight there, what it reports and how fast it answers.
 * Requests in flight are added up over the workers; of the others the last one shows.
 */
export function showState(state: HostState, cluster: Bytes): void {
  state.gauges = ensure(state.gauges, OF_STICKY, cluster, state.address);
  if (state.gauges == REFUSED) return;
  const gauges = changetype<Gauges>(state.gauges);
  const shed = <u32>(state.shed * 1000);
  // Set only when it changes: the VM of Envoy's main thread sees no request and would set 0 again and again.
  if (shed != state.shedShown) host.record(gauges.first, <u64>shed);
  state.shedShown = shed;
  if (state.inFlight != state.inFlightShown) host.addTo(gauges.second, <i64>state.inFlight - <i64>state.inFlightShown);
  state.inFlightShown = state.inFlight;
  const utilization = <u32>(max<f64>(0, state.reported) * 1000);
  if (utilization != state.utilizationShown) {
    if (gauges.utilization == 0) gauges.utilization = metrics.defineHostGauge(UTILIZATION, cluster, state.address);
    host.record(gauges.utilization, utilization);
    state.utilizationShown = utilization;
  }
  if (state.pace != state.fastestShown) {
    if (gauges.fastest == 0) gauges.fastest = metrics.defineHostGauge(FASTEST, cluster, state.address);
    host.record(gauges.fastest, state.pace);
    state.fastestShown = state.pace;
  }
}

/** Takes back what this worker has shown of a host. */
export function hideState(state: HostState): void {
  if (state.gauges > REFUSED) {
    const gauges = changetype<Gauges>(state.gauges);
    close(gauges);
    if (state.shedShown > 0) host.record(gauges.first, 0);
    if (state.inFlightShown > 0) host.addTo(gauges.second, -<i64>state.inFlightShown);
    if (state.utilizationShown > 0) host.record(gauges.utilization, 0);
    if (state.fastestShown > 0) host.record(gauges.fastest, 0);
  }
  state.gauges = 0;
  state.shedShown = state.inFlightShown = state.utilizationShown = state.fastestShown = 0;
}
