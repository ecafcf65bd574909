/**
 * Joins the hashes of several hash policies of a route as Envoy does (source/common/http/hash_policy.cc): the
 * hash so far is rotated by one bit, so that equal policies do not cancel each other.
 */

/** `any`: there is a hash so far, `old`. */
// @ts-ignore: decorator
@inline export function combine(old: u64, any: bool, next: u64): u64 {
  return (any ? rotl<u64>(old, 1) : 0) ^ next;
}
