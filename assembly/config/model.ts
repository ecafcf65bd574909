/** The upstream role: its configuration, decoded, and what it has learnt since. */
import { Bytes } from '../bytes/view';

/** The load reports of one cluster. */
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
  /** The hosts that have answered (load/hosts); 0 where the policy is sticky, or without memory. */
  hosts: usize;
  /**
   * State of the cluster for a policy that is sticky until hot (load/cluster); 0: reports are for Envoy's
   * balancer.
   */
  state: usize;
  sticky: u32;
}
