/**
 * What a configuration holds of what outlives it: built tables, what is learnt of hosts, gauges. A new
 * configuration takes its parts before the one that it replaces gives them back, so what both have is never
 * without a holder and goes on.
 */
import { Reporting } from '../config/model';
import { ClusterState, HostState, index, isGone } from '../load/cluster';
import { loadAt } from '../load/hosts';
import { closeLearnt, Learnt, openLearnt } from '../load/learnt';
import { Policy, Selection, Sticky } from '../select/model';
import { closeTables, openTables, policyAt } from '../select/select';
import { closeSticky, dropHosts, openSticky } from '../select/sticky-hosts';
import { hideLoad, hideState } from './gauges';

export function openSelection(selection: Selection): void {
  openTables(selection);
  for (let i: u32 = 0; i < selection.policyCount; i++) openSticky(policyAt(selection, i));
}

export function closeSelection(selection: Selection): void {
  for (let i: u32 = 0; i < selection.policyCount; i++) closePolicy(policyAt(selection, i));
  closeTables(selection);
}

function closePolicy(policy: Policy): void {
  if (policy.sticky == 0) return;
  dropHosts(policy);
  forgetHosts(changetype<ClusterState>(changetype<Sticky>(policy.sticky).cluster));
  closeSticky(policy);
}

/** False without memory. */
export function openReporting(reporting: Reporting): bool {
  reporting.learnt = changetype<usize>(openLearnt(reporting.cluster, reporting.namesText));
  return reporting.learnt != 0;
}

export function closeReporting(reporting: Reporting): void {
  if (reporting.learnt == 0) return;
  const learnt = changetype<Learnt>(reporting.learnt);
  if (learnt.references == 1 && learnt.places != 0) {
    for (let i: u32 = 0; i <= learnt.mask; i++) hideLoad(loadAt(learnt, i));
  }
  closeLearnt(learnt);
}

/** Forgets the hosts that no policy has and where no request is under way, with their gauges. */
export function forgetHosts(cluster: ClusterState): void {
  let any = false;
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) {
    if (!isGone(changetype<HostState>(p))) continue;
    hideState(changetype<HostState>(p));
    any = true;
  }
  if (any) index(cluster);
}
