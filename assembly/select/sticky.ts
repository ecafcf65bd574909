/**
 * Sticky until hot: which host a key goes to when its home (its host by Maglev) may be too busy. The
 * candidates are the key's hosts in the order in which Envoy's Maglev would try them, each once.
 *
 * A key goes home while the home is not clearly busier than its share. A host that is hot by its own report
 * sheds a part of its keys, always the same ones: those whose `lot` with the host is below the part. A key so
 * popular that one host cannot carry it gets as many hosts as its share of the traffic needs. A request costs
 * at most MAX_LOOKUPS look-ups of the table, mostly one.
 */
import { MAX_HOPS, MAX_LOOKUPS } from '../bytes/caps';
import * as heap from '../bytes/heap';
import { closeCluster, ClusterState, HostState, index, openCluster, openHost, sketchOf } from '../load/cluster';
import { countKey, replicas } from '../load/sketch';
import { FREE_IN_FLIGHT, HOT_BOUND, HOT_FREE_IN_FLIGHT, NEAR_LOOKUPS } from '../load/tuning';
import { lookup } from '../maglev/table';
import { Host, Policy, Sticky, Table } from './model';
import { LEFT_AWAY, LEFT_BUSY, LEFT_HOT_KEY, mix, refusalOf, TAKES } from './refusal';
import { build, hostAt } from './select';

/** Numbers of the candidates found so far. */
const found: usize = memory.data(MAX_HOPS * 4, 4);
let foundCount: u32 = 0;
let tries: u32 = 0;
let most: u32 = 0;

/**
 * Of the last pick: how many candidates were passed by, why the home was, the state of the host, and whether
 * the key was hot.
 */
let depth: u32 = 0;
let reason: u32 = 0;
let picked: usize = 0;
let pickedHash: u64 = 0;
let hot: bool = false;

export function pickedDepth(): u32 {
  return depth;
}

/** Why the key left its home: one of the LEFT_ numbers. It has no meaning where `pickedDepth` is 0. */
export function pickedReason(): u32 {
  return reason;
}

export function pickedState(): HostState {
  return changetype<HostState>(picked);
}

export function pickedKey(): u64 {
  return pickedHash;
}

export function pickedHot(): bool {
  return hot;
}

function stateAt(sticky: Sticky, host: u32): HostState {
  return changetype<HostState>(<usize>load<u32>(sticky.hosts + (<usize>host << 2)));
}

/** Number of the i-th candidate, or -1 when there is none. */
function candidate(table: Table, hash: u64, i: u32): i32 {
  while (foundCount <= i) {
    if (tries == MAX_LOOKUPS || foundCount == most) return -1;
    const host =
      tries < NEAR_LOOKUPS
        ? lookup(table.slots, table.size, table.hostCount, hash, tries)
        : lookup(table.slots, table.size, table.hostCount, mix(hash + <u64>tries), 0);
    tries++;
    let known = false;
    for (let j: u32 = 0; j < foundCount; j++) known = known || load<u32>(found + (<usize>j << 2)) == host;
    if (known) continue;
    store<u32>(found + (<usize>foundCount << 2), host);
    foundCount++;
  }
  return load<i32>(found + (<usize>i << 2));
}

/** The host of a hash; null when the table is empty or cannot be built. */
export function pickSticky(policy: Policy, hash: u64): Host | null {
  const table = changetype<Table>(policy.table);
  if (table.slots == 0 && !build(table)) return null;
  const sticky = changetype<Sticky>(policy.sticky);
  foundCount = tries = depth = reason = 0;
  most = min(sticky.hops, table.hostCount);
  const count = countKey(sticky.sketch, hash);
  const wanted = replicas(sticky.sketch, count, table.hostCount, MAX_HOPS);
  hot = wanted > 0;
  const number = choose(sticky, table, hash, wanted);
  picked = changetype<usize>(stateAt(sticky, number));
  pickedHash = hash;
  return hostAt(table, number);
}

function choose(sticky: Sticky, table: Table, hash: u64, wanted: u32): u32 {
  for (let i: u32 = 0; i < wanted; i++) {
    const number = candidate(table, hash, i);
    if (number < 0) break;
    const host = stateAt(sticky, number);
    const answer = host.away ? LEFT_AWAY : refusalOf(sticky, host, hash, true, HOT_FREE_IN_FLIGHT, HOT_BOUND);
    // Below its usual bound: that the key is shared is the reason.
    if (i == 0) reason = answer == LEFT_BUSY ? LEFT_HOT_KEY : answer;
    if (answer == TAKES) return chosen(i, number);
  }
  let least: u32 = 0;
  let leastInFlight: u32 = u32.MAX_VALUE;
  for (let i: u32 = 0; ; i++) {
    const number = candidate(table, hash, i);
    if (number < 0) break;
    const host = stateAt(sticky, number);
    // A home that is away is still proposed: Envoy decides, and so we see when it is back.
    if (i > 0 && host.away) continue;
    const answer = refusalOf(sticky, host, hash, hot, FREE_IN_FLIGHT, sticky.bound);
    if (i == 0) reason = answer;
    if (answer == TAKES) return chosen(i, number);
    if (host.load >= leastInFlight) continue;
    leastInFlight = host.load;
    least = i;
  }
  return chosen(least, load<i32>(found + (<usize>least << 2)));
}

function chosen(i: u32, number: i32): u32 {
  depth = i;
  return <u32>number;
}

/** Connects a policy with the state of its cluster. Without memory the policy is not sticky. */
export function openSticky(policy: Policy): void {
  if (policy.sticky == 0) return;
  const sticky = changetype<Sticky>(policy.sticky);
  const table = changetype<Table>(policy.table);
  sticky.hosts = heap.alloc((<usize>table.hostCount << 2) + 4);
  const cluster = openCluster(policy.cluster);
  sticky.cluster = changetype<usize>(cluster);
  sticky.sketch = cluster ? sketchOf(cluster) : 0;
  let good = table.hostCount > 0 && sticky.hosts != 0 && sticky.sketch != 0 && sticky.cluster != 0;
  const joins = cluster != null && cluster.hostCount > 0;
  for (let i: u32 = 0; good && i < table.hostCount; i++) {
    const host = openHost(cluster!, hostAt(table, i).address, joins);
    if (!host) good = false;
    else {
      host.share = hostAt(table, i).share;
      store<u32>(sticky.hosts + (<usize>i << 2), <u32>changetype<usize>(host));
      sticky.hostCount = i + 1;
    }
  }
  if (good && index(cluster!)) return;
  closeSticky(policy);
  policy.sticky = 0;
}

/**
 * Takes the policy from its hosts. The last part but one of `closeSticky`, for who must know which hosts go.
 */
export function dropHosts(policy: Policy): void {
  if (policy.sticky == 0) return;
  const sticky = changetype<Sticky>(policy.sticky);
  for (let i: u32 = 0; i < sticky.hostCount; i++) stateAt(sticky, i).references--;
  sticky.hostCount = 0;
}

/** Takes back what `openSticky` did. */
export function closeSticky(policy: Policy): void {
  if (policy.sticky == 0) return;
  dropHosts(policy);
  const sticky = changetype<Sticky>(policy.sticky);
  heap.free(sticky.hosts);
  if (sticky.cluster != 0) closeCluster(changetype<ClusterState>(sticky.cluster));
}
