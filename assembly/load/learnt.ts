/**
 * What a worker has learnt of the load of one cluster, for Envoy's balancer. It belongs to the VM, not to a
 * configuration: one that replaces another goes on with it, while streams of the old one still end. It lives
 * as long as a configuration refers to it.
 *
 * The names are those of the metrics that utilization is computed from. By other names a utilization is
 * another one, so they begin with a record of their own: rates and weights are taken over, utilizations are
 * not. Until the first reports by the new names, hosts keep the weights they have.
 */
import * as heap from '../bytes/heap';
import { unlink } from '../bytes/list';
import { Bytes, copyTo, equal, size } from '../bytes/view';
import { HostTable, inherit } from './hosts';

@unmanaged
export class Learnt extends HostTable {
  /** In the same block of memory, after the record. */
  cluster: Bytes;
  names: Bytes;
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
  references: u32;
  next: usize;
}

const HEAD: u32 = <u32>offsetof<Learnt>();

let newest: usize = 0;

/** The record of a cluster and names, with one more reference. Null without memory. */
export function openLearnt(cluster: Bytes, names: Bytes): Learnt | null {
  let elder: usize = 0;
  for (let p = newest; p != 0; p = changetype<Learnt>(p).next) {
    const learnt = changetype<Learnt>(p);
    if (!equal(learnt.cluster, cluster)) continue;
    if (equal(learnt.names, names)) {
      learnt.references++;
      return learnt;
    }
    if (elder == 0) elder = p;
  }
  const made = heap.alloc(HEAD + size(cluster) + size(names));
  if (made == 0) return null;
  const learnt = changetype<Learnt>(made);
  if (elder != 0) memory.copy(made, elder, HEAD);
  else memory.fill(made, 0, HEAD);
  learnt.places = learnt.mask = learnt.count = 0;
  learnt.median = 0;
  learnt.cluster = copyTo(made + HEAD, cluster);
  learnt.names = copyTo(made + HEAD + size(cluster), names);
  learnt.references = 1;
  learnt.next = newest;
  newest = made;
  if (elder != 0) inherit(learnt, changetype<HostTable>(elder));
  return learnt;
}

/** Gives a reference back. The last one frees the record; its hosts must have no gauges then. */
export function closeLearnt(learnt: Learnt): void {
  if (--learnt.references > 0) return;
  const gone = changetype<usize>(learnt);
  newest = unlink(newest, gone, offsetof<Learnt>('next'));
  heap.free(learnt.places);
  heap.free(gone);
}
