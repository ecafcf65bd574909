/**
 * Sticky until hot, where it meets Envoy. A key that stays at home is left to Envoy's own hash policies. For
 * one that leaves, Envoy is given a changed key, in a place of the request's filter state that no client
 * reaches. A request is in flight at the host that was picked until its response begins. Then Envoy says
 * which host has answered, and from there on it counts there: the picked one may be unhealthy, or not known
 * yet. Envoy deletes the stream of each request, however it ends. The load report comes with the response.
 */
import { MAP_RESPONSE_HEADERS, STATUS_OK } from '../abi/enums';
import * as host from '../abi/host';
import * as arena from '../bytes/arena';
import { MAX_SHARED_TRIES } from '../bytes/caps';
import * as writer from '../bytes/writer';
import { ABSENT, Bytes, size } from '../bytes/view';
import { ClusterState, HostState, stateOf } from '../load/cluster';
import { arrive, arriveUnwatched, begin, move } from '../load/passage';
import { addTo, adopt } from '../load/common';
import { see, turnSeen } from '../load/seen';
import { fade } from '../load/sketch';
import { isDue, report, tick } from '../load/tick';
import { FADE_NANOSECONDS, STICKY_TICK_MILLISECONDS } from '../load/tuning';
import { standsFor } from '../load/watch';
import { Policy, Selection, Sticky } from '../select/model';
import { seedRandom } from '../select/refusal';
import { hasSticky, policyAt } from '../select/select';
import { changedKey } from '../select/changed';
import {
  pickedChange,
  pickedDepth,
  pickedHash,
  pickedHot,
  pickedReason,
  pickedState,
  pickSticky,
} from '../select/sticky-pick';
import { Context } from './contexts';
import { showState } from './gauges';
import { forgetHosts } from './holdings';
import * as metrics from './metrics';
import { readReport } from './reports';
import { CHANGED_KEY, SET_FILTER_STATE, UPSTREAM_ADDRESS } from './texts';

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

/** Sends a key home or elsewhere, or leaves it to Envoy. */
export function sendUntilHot(context: Context, policy: Policy, hash: u64): void {
  if (!pickSticky(policy, hash)) return;
  context.lookedUp = pickedHash();
  const state = pickedState();
  if (state) {
    const stands = changetype<Sticky>(policy.sticky).reasonHeader != 0 ? 1 : standsFor(state);
    begin(context, state, hash, stands > 0 ? host.now() : 0, stands);
  }
  const change = pickedChange();
  // Envoy's hash policies make a cookie that is missing, but not where a changed key goes before them.
  if (change == 0) context.cookies = 0;
  else giveKey(changedKey(hash, change));
  tallyPick(context);
}

/** Length of a changed key, and of the other fields of the message. */
const MESSAGE_ROOM: u32 = 32;

/**
 * The message is envoy.source.extensions.common.wasm.SetEnvoyFilterStateArguments: path (1) and value (2).
 */
function giveKey(key: Bytes): void {
  const room = arena.alloc(MESSAGE_ROOM + size(CHANGED_KEY));
  if (room == 0) return;
  writer.open(room, MESSAGE_ROOM + size(CHANGED_KEY));
  writer.byte(0x0a);
  writer.byte(<u8>size(CHANGED_KEY));
  writer.bytes(CHANGED_KEY);
  writer.byte(0x12);
  writer.byte(<u8>size(key));
  writer.bytes(key);
  host.call(SET_FILTER_STATE, writer.written());
}

function tallyPick(context: Context): void {
  const depth = pickedDepth();
  metrics.tally(metrics.PICKS);
  if (depth == 0) metrics.tally(metrics.STICKY_HOME);
  else metrics.tally(depth == 1 ? metrics.STICKY_SPILLED_1 : depth == 2 ? metrics.STICKY_SPILLED_2 : metrics.STICKY_SPILLED_3);
  if (depth > 0) metrics.tallyLeft(pickedReason());
  if (pickedHot()) metrics.tally(metrics.STICKY_HOT);
  context.depth = depth;
  context.reason = pickedReason();
}

/** Response headers: which host has answered, and what it reports. */
export function takeAnswer(context: Context, sticky: Sticky): void {
  if (context.host != 0 && context.stands == 0) {
    arriveUnwatched(context);
    // Nor is a report in its trailers read.
    context.reported = 1;
    return;
  }
  arena.reset();
  const address = host.property(UPSTREAM_ADDRESS);
  let elsewhere = false;
  // Without one Envoy has answered by itself.
  if (address != ABSENT) elsewhere = countAt(context, changetype<ClusterState>(sticky.cluster), address);
  // Without a key it has no home.
  if (sticky.reasonHeader != 0 && context.lookedUp != 0) tellReason(context, sticky.reasonHeader, elsewhere);
  if (address == ABSENT) return;
  arrive(context, host.now());
  context.reported = takeReport(MAP_RESPONSE_HEADERS, context, sticky) ? 1 : 0;
}

/** The request counts at the host of an address, if the policy knows it. True: another one was picked. */
function countAt(context: Context, cluster: ClusterState, address: Bytes): bool {
  const picked = context.host;
  // Without a key Envoy has picked at random.
  const by = context.lookedUp == 0 ? stateOf(cluster, address) : see(cluster, context.lookedUp, address);
  if (picked == changetype<usize>(by)) return false;
  move(context, by);
  return picked != 0;
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
  metrics.tellTallies();
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
  turnSeen(cluster);
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
