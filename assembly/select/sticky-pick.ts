/**
 * Sticky until hot: which host a key goes to when its home (its host by Maglev) may be too busy. The
 * candidates are the hosts of the key itself and then of its changed keys (select/changed), each once. Where
 * Envoy alone knows the hosts, what answers have told is asked; a candidate that is not known yet is tried.
 *
 * A key goes home while the home is not clearly busier than its share. A host that is hot by its own report
 * sheds a part of its keys, always the same ones (`lot` in select/refusal). A key so popular that one host
 * cannot carry it gets as many hosts as its share of the traffic needs. A request costs at most MAX_LOOKUPS
 * look-ups of the table, mostly one.
 */
import { MAX_HOPS, MAX_LOOKUPS } from '../bytes/caps';
import { ClusterState, HostState } from '../load/cluster';
import { seenAt, seenHosts } from '../load/seen';
import { countKey, replicas } from '../load/sketch';
import { FREE_IN_FLIGHT, HOT_BOUND, HOT_FREE_IN_FLIGHT } from '../load/tuning';
import { lookup } from '../maglev/table';
import { changedHash } from './changed';
import { Policy, Sticky, Table } from './model';
import { LEFT_AWAY, LEFT_BUSY, LEFT_HOT_KEY, refusalOf, TAKES } from './refusal';
import { build } from './select';
import { isListed, stateAt } from './sticky-hosts';

@unmanaged
class Candidate {
  /** What Envoy looks up for it. */
  hash: u64;
  /** Number of the changed key; 0: the key itself. */
  change: u32;
  /** State of the host. 0: not known. */
  host: usize;
}

const CANDIDATE_BYTES: u32 = (<u32>offsetof<Candidate>() + 7) & ~7;

/** The candidates found so far, and the key, policy and table that they are of. */
const found: usize = memory.data(MAX_HOPS * CANDIDATE_BYTES, 8);
let foundCount: u32 = 0;
let changes: u32 = 0;
let most: u32 = 0;
let keyHash: u64 = 0;
let sticky: Sticky = changetype<Sticky>(0);
let table: Table = changetype<Table>(0);

/**
 * Of the last pick: how many candidates were passed by, why the home was, the one that was picked, whether
 * the key was hot.
 */
let depth: u32 = 0;
let reason: u32 = 0;
let picked: Candidate = changetype<Candidate>(0);
let hot: bool = false;

export function pickedDepth(): u32 {
  return depth;
}

/** Why the key left its home: one of the LEFT_ numbers. It has no meaning where `pickedDepth` is 0. */
export function pickedReason(): u32 {
  return reason;
}

/** Null: the host is not known. */
export function pickedState(): HostState | null {
  return picked.host == 0 ? null : changetype<HostState>(picked.host);
}

/** Number of the changed key that Envoy is to be given; 0: none, the key goes home. */
export function pickedChange(): u32 {
  return picked.change;
}

/** What Envoy looks up. */
export function pickedHash(): u64 {
  return picked.hash;
}

export function pickedHot(): bool {
  return hot;
}

/** The state of the host that Envoy's look-up of a hash comes to; 0: not known. */
function hostOf(hash: u64): usize {
  if (!isListed(table)) return changetype<usize>(seenAt(changetype<ClusterState>(sticky.cluster), hash));
  return changetype<usize>(stateAt(sticky, lookup(table.slots, table.size, table.hostCount, hash, 0)));
}

function foundAt(i: u32): Candidate {
  return changetype<Candidate>(found + <usize>i * CANDIDATE_BYTES);
}

/** The i-th candidate; null when there is none. */
function candidate(i: u32): Candidate | null {
  while (foundCount <= i) {
    if (changes == MAX_LOOKUPS || foundCount == most) return null;
    const change = changes++;
    const hash = changedHash(keyHash, change);
    const host = hostOf(hash);
    let known = false;
    for (let j: u32 = 0; host != 0 && j < foundCount; j++) known = known || foundAt(j).host == host;
    if (known) continue;
    const next = foundAt(foundCount++);
    next.hash = hash;
    next.change = change;
    next.host = host;
  }
  return foundAt(i);
}

/** Picks for a key. False when its table cannot be built: then it is left to Envoy. */
export function pickSticky(policy: Policy, hash: u64): bool {
  table = changetype<Table>(policy.table);
  if (isListed(table) && table.slots == 0 && !build(table)) return false;
  sticky = changetype<Sticky>(policy.sticky);
  foundCount = changes = depth = reason = 0;
  keyHash = hash;
  // Of hosts that are not listed two at least: one more may be there.
  const hosts = isListed(table) ? table.hostCount : max<u32>(2, seenHosts(changetype<ClusterState>(sticky.cluster)));
  most = min(sticky.hops, hosts);
  const count = countKey(sticky.sketch, hash);
  const wanted = replicas(sticky.sketch, count, hosts, MAX_HOPS);
  hot = wanted > 0;
  picked = choose(wanted);
  return true;
}

function choose(wanted: u32): Candidate {
  for (let i: u32 = 0; i < wanted; i++) {
    const one = candidate(i);
    if (!one) break;
    if (one.host == 0) return chosen(i, one);
    const host = changetype<HostState>(one.host);
    const answer = host.away ? LEFT_AWAY : refusalOf(sticky, host, keyHash, true, HOT_FREE_IN_FLIGHT, HOT_BOUND);
    // Below its usual bound: that the key is shared is the reason.
    if (i == 0) reason = answer == LEFT_BUSY ? LEFT_HOT_KEY : answer;
    if (answer == TAKES) return chosen(i, one);
  }
  let least: u32 = 0;
  let leastInFlight: u32 = u32.MAX_VALUE;
  for (let i: u32 = 0; ; i++) {
    const one = candidate(i);
    if (!one) break;
    if (one.host == 0) return chosen(i, one);
    const host = changetype<HostState>(one.host);
    // A home that is away is still proposed: Envoy decides, and so we see when it is back.
    if (i > 0 && host.away) continue;
    const answer = refusalOf(sticky, host, keyHash, hot, FREE_IN_FLIGHT, sticky.bound);
    if (i == 0) reason = answer;
    if (answer == TAKES) return chosen(i, one);
    if (host.load >= leastInFlight) continue;
    leastInFlight = host.load;
    least = i;
  }
  return chosen(least, foundAt(least));
}

function chosen(i: u32, one: Candidate): Candidate {
  depth = i;
  return one;
}
