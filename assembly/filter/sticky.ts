/**
 * Sticky until hot, where it meets Envoy. Requests in flight are counted in front of the cluster: there an
 * attempt has the host that Envoy really uses (after a retry, or when the picked one is unhealthy), and Envoy
 * deletes the stream of each attempt, however it ends. Reports are read there too. The role on the listener
 * takes a step each tick.
 */
import { MAP_RESPONSE_HEADERS } from '../abi/enums';
import * as host from '../abi/host';
import * as arena from '../bytes/arena';
import { ABSENT } from '../bytes/view';
import { Reporting } from '../config/model';
import { begin, ClusterState, HostState, report, stateOf, tick } from '../load/cluster';
import { fade } from '../load/sketch';
import { FADE_NANOSECONDS, STICKY_TICK_MILLISECONDS } from '../load/tuning';
import { Policy, Selection, Sticky } from '../select/model';
import { hasSticky, policyAt } from '../select/select';
import { pickedDepth, pickedHot, seedRandom } from '../select/sticky';
import { Context } from './contexts';
import { showState } from './gauges';
import { forgetHosts } from './holdings';
import * as metrics from './metrics';
import { readReport } from './reports';
import { UPSTREAM_ADDRESS } from './texts';

/** After a selection was configured: asks for ticks if it has a sticky policy. */
export function startSticky(selection: Selection): void {
  if (!hasSticky(selection)) return;
  metrics.defineSticky();
  seedRandom(host.now());
  host.tickEvery(STICKY_TICK_MILLISECONDS);
}

/** Counts what `pickSticky` chose. */
export function countPick(): void {
  const depth = pickedDepth();
  if (depth == 0) metrics.count(metrics.STICKY_HOME);
  else metrics.count(depth == 1 ? metrics.STICKY_SPILLED_1 : depth == 2 ? metrics.STICKY_SPILLED_2 : metrics.STICKY_SPILLED_3);
  if (pickedHot()) metrics.count(metrics.STICKY_HOT);
}

/** An attempt begins: its host has one more request in flight until the stream is deleted. */
export function countAttempt(context: Context, reporting: Reporting): void {
  if (reporting.state == 0 || context.counted != 0) return;
  arena.reset();
  const address = host.property(UPSTREAM_ADDRESS);
  if (address == ABSENT) return;
  const state = stateOf(changetype<ClusterState>(reporting.state), address);
  if (!state) return;
  begin(state);
  context.counted = changetype<usize>(state);
}

/** Reads the load reports of a header map for the host of this attempt. True when there was a good one. */
export function takeReport(map: i32, context: Context, reporting: Reporting): bool {
  // If the host was not known yet when the attempt began, it is now.
  if (map == MAP_RESPONSE_HEADERS) countAttempt(context, reporting);
  arena.reset();
  const utilization = readReport(map, reporting);
  if (utilization < 0) return false;
  if (context.counted != 0) report(changetype<HostState>(context.counted), utilization);
  return true;
}

export function tickSticky(selection: Selection): void {
  const now = host.now();
  for (let i: u32 = 0; i < selection.policyCount; i++) {
    const policy = policyAt(selection, i);
    if (policy.sticky != 0) tickPolicy(policy, now);
  }
}

function tickPolicy(policy: Policy, now: u64): void {
  const sticky = changetype<Sticky>(policy.sticky);
  const cluster = changetype<ClusterState>(sticky.cluster);
  if (now - cluster.fadedAt >= FADE_NANOSECONDS) {
    if (cluster.fadedAt != 0) fade(cluster.sketch);
    cluster.fadedAt = now;
  }
  if (!tick(cluster, now, sticky.target)) return;
  for (; cluster.returned > 0; cluster.returned--) metrics.count(metrics.STICKY_RETURNED);
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) showState(changetype<HostState>(p), cluster.name);
  forgetHosts(cluster);
}
