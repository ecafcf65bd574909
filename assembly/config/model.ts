/** The upstream role: its configuration, decoded, and where what it learns is. */
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
  /** The names in one text, each with its length before it: equal for equal names. */
  namesText: Bytes;

  // Set when the configuration takes effect.
  /** What is known of the hosts (load/learnt), for Envoy's balancer. */
  learnt: usize;
}
