/**
 * Connects a policy that is sticky until hot with what is known of its hosts: the state of its cluster, which
 * policies before and after a change share. Where Envoy alone knows the hosts, the policy has a table without
 * any, and answers tell of them (load/seen).
 */
import * as heap from '../bytes/heap';
import { closeCluster, ClusterState, HostState, index, openCluster, openHost, sketchOf } from '../load/cluster';
import { closeSeen, openSeen } from '../load/seen';
import { Policy, Sticky, Table } from './model';
import { hostAt } from './select';

/** The policy lists its hosts. */
export function isListed(table: Table): bool {
  return table.hostCount > 0;
}

export function stateAt(sticky: Sticky, host: u32): HostState {
  return changetype<HostState>(<usize>load<u32>(sticky.hosts + (<usize>host << 2)));
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
  const good = sticky.hosts != 0 && sticky.sketch != 0 && cluster != null && openHosts(sticky, table, cluster!);
  if (good) return;
  closeSticky(policy);
  policy.sticky = 0;
}

/** False without memory. */
function openHosts(sticky: Sticky, table: Table, cluster: ClusterState): bool {
  if (!isListed(table)) return openSeen(cluster, table.size);
  closeSeen(cluster);
  const joins = cluster.hostCount > 0;
  for (let i: u32 = 0; i < table.hostCount; i++) {
    const host = openHost(cluster, hostAt(table, i).address, joins);
    if (!host) return false;
    host.share = hostAt(table, i).share;
    store<u32>(sticky.hosts + (<usize>i << 2), <u32>changetype<usize>(host));
    sticky.hostCount = i + 1;
  }
  return index(cluster);
}

/** Takes the policy from its hosts. The first part of `closeSticky`, for who must know which hosts go. */
export function dropHosts(policy: Policy): void {
  if (policy.sticky == 0) return;
  const sticky = changetype<Sticky>(policy.sticky);
  for (let i: u32 = 0; i < sticky.hostCount; i++) stateAt(sticky, i).references--;
  sticky.hostCount = 0;
  const cluster = changetype<ClusterState>(sticky.cluster);
  if (sticky.cluster != 0 && cluster.references == 1) closeSeen(cluster);
}

/** Takes back what `openSticky` did. */
export function closeSticky(policy: Policy): void {
  if (policy.sticky == 0) return;
  dropHosts(policy);
  const sticky = changetype<Sticky>(policy.sticky);
  heap.free(sticky.hosts);
  if (sticky.cluster != 0) closeCluster(changetype<ClusterState>(sticky.cluster));
}
