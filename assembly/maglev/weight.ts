/**
 * A host's share of its table, by the same operations on doubles in the same order as in Envoy's
 * normalizeHostWeights and normalizeLocalityWeights (load_balancing_policies/common/thread_aware_lb_impl.cc).
 * A share that differs in the last bit could move a slot.
 */

/** Share of a locality: 1 where locality weights are not used. */
export function localityShare(weight: u32, sum: u64): f64 {
  return <f64>weight / <f64>sum;
}

/** Share of a host of `weight` among hosts that add up to `sum`, in a locality of share `locality`. */
export function hostShare(weight: u32, locality: f64, sum: u64): f64 {
  return (<f64>weight * locality) / <f64>sum;
}
