/** A plugin's configuration, decoded. One of the two roles. */
import { Bytes } from '../bytes/view';
import { HostTable } from '../load/hosts';

/** Upstream role: the load reports of one cluster. */
@unmanaged
export class Reporting {
  cluster: Bytes;
  /** Names that utilization is computed from, as views in a row. */
  names: usize;
  nameCount: u32;
  /** Envoy strips the report before the client: counted. */
  strip: u32;
  /** Key of the shared counts. */
  sharedKey: Bytes;
  /** Time of the last tick in nanoseconds, the shared sum then, and the mean rate of a host since. */
  lastTick: u64;
  lastSum: u64;
  mean: f64;
  /** When a report last had a rate of its own. */
  ownRateSeen: u64;
  /** Of the hosts' reported utilizations, at the last tick; 0: fewer than two report. */
  median: f64;
  /** Of the weights by rates of their own, likewise. */
  medianWeight: f64;
  places: usize;
  mask: u32;
  count: u32;
  /** State of the cluster for a policy that is sticky until hot (load/cluster); 0: reports are for Envoy's balancer. */
  state: usize;
  sticky: u32;
}

/** The hosts' table lies inside the record, from `places` on. */
export function hostsOf(reporting: Reporting): HostTable {
  return changetype<HostTable>(changetype<usize>(reporting) + offsetof<Reporting>('places'));
}
