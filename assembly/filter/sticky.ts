/**
 * Sticky until hot, where it meets Envoy. A request is in flight at the host that was picked until its
 * response begins. If Envoy has used another one (the picked one is unhealthy, or a retry), the session
 * filter then says which, by the header of the hint, and from there on the request counts there. Envoy
 * deletes the stream of each request, however it ends. The load report comes with the response.
 */
import { MAP_RESPONSE_HEADERS, STATUS_OK } from '../abi/enums';
import * as host from '../abi/host';
import * as arena from '../bytes/arena';
import * as base64 from '../bytes/base64';
import { MAX_ADDRESS, MAX_SHARED_TRIES } from '../bytes/caps';
import * as writer from '../bytes/writer';
import { ABSENT, Bytes, size, view } from '../bytes/view';
import { ClusterState, HostState, stateOf } from '../load/cluster';
import { arrive, begin, move } from '../load/passage';
import { addTo, adopt } from '../load/common';
import { fade } from '../load/sketch';
import { isDue, report, tick } from '../load/tick';
import { FADE_NANOSECONDS, STICKY_TICK_MILLISECONDS } from '../load/tuning';
import { Policy, Selection, Sticky } from '../select/model';
import { seedRandom } from '../select/refusal';
import { hasSticky, policyAt } from '../select/select';
import { pickedDepth, pickedHot, pickedKey, pickedReason, pickedState } from '../select/sticky';
import { Context } from './contexts';
import { showState } from './gauges';
import { forgetHosts } from './holdings';
import * as metrics from './metrics';
import { readReport } from './reports';
import { HINT } from './texts';

const SHARED_KEY_ROOM: u32 = 32;
/** Bytes of the longest text that `tellReason` writes. */
const REASON_ROOM: u32 = 64;

/** After a selection was configured: asks for ticks if it has a sticky policy. */
export function startSticky(selection: Selection): void {
  if (!hasSticky(selection)) return;
  metrics.defineSticky();
  seedRandom(host.now());
  host.tickEvery(STICKY_TICK_MILLISECONDS);
}

/** What `pickSticky` chose has one more request in flight until the stream is deleted. */
export function countPick(context: Context): void {
  begin(context, pickedState(), pickedKey(), host.now());
  const depth = pickedDepth();
  if (depth == 0) metrics.count(metrics.STICKY_HOME);
  else metrics.count(depth == 1 ? metrics.STICKY_SPILLED_1 : depth == 2 ? metrics.STICKY_SPILLED_2 : metrics.STICKY_SPILLED_3);
  if (depth > 0) metrics.countLeft(pickedReason());
  if (pickedHot()) metrics.count(metrics.STICKY_HOT);
  context.depth = depth;
  context.reason = pickedReason();
}

/** Response headers: which host has answered, and what it reports. */
export function takeAnswer(context: Context, sticky: Sticky): void {
  arena.reset();
  const told = host.header(MAP_RESPONSE_HEADERS, HINT);
  if (told != ABSENT) moveTo(context, sticky, told);
  if (sticky.reasonHeader != 0) tellReason(context, sticky.reasonHeader, told != ABSENT);
  arrive(context, host.now());
  context.reported = takeReport(MAP_RESPONSE_HEADERS, context, sticky) ? 1 : 0;
}

/** Says in the answer where its key went, and why: `host=1`, or `host=2; home=slow`. */
function tellReason(context: Context, name: Bytes, elsewhere: bool): void {
  const room = arena.alloc(REASON_ROOM);
  writer.open(room, REASON_ROOM);
  writer.text('host=');
  writer.decimal(context.depth + 1);
  if (context.depth > 0) {
    writer.text('; home=');
    metrics.writeReason(context.reason);
  }
  if (elsewhere) writer.text('; answered=elsewhere');
  if (!writer.overflowed()) host.replaceHeader(MAP_RESPONSE_HEADERS, name, writer.written());
}

/** The request counts at the host whose address this is in base64, if the policy knows it. */
function moveTo(context: Context, sticky: Sticky, encoded: Bytes): void {
  const room: usize = size(encoded) > MAX_ADDRESS * 2 ? 0 : arena.alloc(MAX_ADDRESS * 2);
  const length = room == 0 ? -1 : base64.decode(encoded, room);
  move(context, length < 0 ? null : stateOf(changetype<ClusterState>(sticky.cluster), view(room, length)));
}

/** Reads the load reports of a header map for the host that answers. True when there was a good one. */
export function takeReport(map: i32, context: Context, sticky: Sticky): bool {
  arena.reset();
  const from = changetype<HostState | null>(context.host);
  const utilization = readReport(map, sticky, from);
  if (utilization < 0) return false;
  if (from) report(from, utilization);
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
  if (isDue(cluster, now)) exchange(cluster, now);
  if (!tick(cluster, now, sticky.target)) return;
  for (; cluster.returned > 0; cluster.returned--) metrics.count(metrics.STICKY_RETURNED);
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) showState(changetype<HostState>(p), cluster.name);
  forgetHosts(cluster);
}

/** Tells the other workers what this one saw since its last tick, and reads what they have told. */
function exchange(cluster: ClusterState, now: u64): void {
  for (let i: u32 = 0; i < MAX_SHARED_TRIES; i++) {
    arena.reset();
    const room = arena.alloc(SHARED_KEY_ROOM + size(cluster.name));
    if (room == 0) return;
    writer.open(room, SHARED_KEY_ROOM + size(cluster.name));
    writer.text('loadstar.sticky.');
    writer.bytes(cluster.name);
    const key = writer.written();
    const before = host.shared(key);
    const version = before == ABSENT ? 0 : host.sharedVersion();
    const after = addTo(before, cluster, now);
    if (after == ABSENT) return;
    if (host.setShared(key, after, version) != STATUS_OK) continue;
    adopt(cluster);
    return;
  }
}
