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

/** The first of the two gauges of a host, by the balancer of its cluster (the order in filter/metrics). */
const OF_RATES: u32 = 0;
const OF_STICKY: u32 = 2;

@unmanaged
class Gauges {
  next: usize;
  kind: u32;
  /** Envoy's ids. 0: it has refused. */
  first: u32;
  second: u32;
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
 * Shows the shed part and the requests in flight of a host. Requests in flight are added up over the workers;
 * of the shed parts the last one shows.
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
}

/** Takes back what this worker has shown of a host. */
export function hideState(state: HostState): void {
  if (state.gauges > REFUSED) {
    const gauges = changetype<Gauges>(state.gauges);
    close(gauges);
    if (state.shedShown > 0) host.record(gauges.first, 0);
    if (state.inFlightShown > 0) host.addTo(gauges.second, -<i64>state.inFlightShown);
  }
  state.gauges = 0;
  state.shedShown = state.inFlightShown = 0;
}
