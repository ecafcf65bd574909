/**
 * What all workers of Envoy know together of the hosts of one cluster: how fast each answers, and how many
 * requests are load there. Each worker adds what it saw since its last tick, and reads what all have added.
 * What was added fades, so a worker that is gone leaves nothing behind. The bytes are the host's shared data;
 * nothing here calls the host.
 */
import * as arena from '../bytes/arena';
import { MAX_SHARED_HOSTS } from '../bytes/caps';
import { at, Bytes, size, view } from '../bytes/view';
import { ClusterState, HostState, stateOfHash } from './cluster';
import { answersNow, fastestNow } from './pace';
import { enoughAnswers } from './shed';
import { FADING_TICKS, LONGEST_SPANS, PACE_TICKS, STICKY_TICK_MILLISECONDS } from './tuning';

@unmanaged
class Head {
  /** Milliseconds since 1970. */
  at: u64;
}

@unmanaged
class Entry {
  hash: u64;
  /** Of the loads that workers have added, the faded sum. */
  load: f64;
  /** The fastest answer and the number of answers in this span and in the one before. */
  span: u32;
  fastest: u32;
  answers: u32;
  fastestBefore: u32;
  answersBefore: u32;
  /** How many spans that one went on for. */
  lasted: u32;
}

const HEAD_BYTES: u32 = <u32>offsetof<Head>();
const ENTRY_BYTES: u32 = <u32>offsetof<Entry>();
/** Where there are many answers, two spans are as long as those of one worker count. */
const SPAN_MILLISECONDS: u64 = <u64>PACE_TICKS * STICKY_TICK_MILLISECONDS / 2;
/** Workers read the clock at different moments. What is later by more was written before it was set back. */
const AHEAD_MILLISECONDS: u64 = 1000;
/** An entry without an answer for so many spans goes, if no load is left there. */
const KEPT_SPANS: u32 = 96;
const FADING_MILLISECONDS: f64 = FADING_TICKS * STICKY_TICK_MILLISECONDS;
/** One worker that adds its load in each tick comes to so many times the load. */
const SUMMED: f64 = FADING_TICKS + 0.5;

let block: usize = 0;
let count: u32 = 0;

function entry(i: u32): Entry {
  return changetype<Entry>(block + HEAD_BYTES + <usize>i * ENTRY_BYTES);
}

/**
 * Adds what this worker saw in the tick that ends to `before`, the shared bytes. What is to be written in
 * their place; ABSENT (0) without memory, or where there are too many hosts.
 */
export function addTo(before: Bytes, cluster: ClusterState, now: u64): Bytes {
  if (cluster.hostCount > MAX_SHARED_HOSTS) return forgetOthers(cluster);
  const milliseconds = now / 1000000;
  const isThere = size(before) > HEAD_BYTES && load<u64>(at(before)) <= milliseconds + AHEAD_MILLISECONDS;
  const known: u32 = isThere ? (size(before) - HEAD_BYTES) / ENTRY_BYTES : 0;
  block = arena.alloc(HEAD_BYTES + (min(known, MAX_SHARED_HOSTS) + cluster.hostCount) * ENTRY_BYTES);
  if (block == 0) return 0;
  const span = <u32>(milliseconds / SPAN_MILLISECONDS);
  const since = known == 0 ? 0 : load<u64>(at(before));
  const faded = milliseconds > since ? 1 / (1 + <f64>(milliseconds - since) / FADING_MILLISECONDS) : 1;
  changetype<Head>(block).at = max(milliseconds, since);
  count = 0;
  const enough = enoughAnswers(cluster.late);
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) changetype<HostState>(p).entry = 0;
  for (let i: u32 = 0; i < min(known, MAX_SHARED_HOSTS); i++) {
    const next = entry(count);
    memory.copy(changetype<usize>(next), at(before) + HEAD_BYTES + <usize>i * ENTRY_BYTES, ENTRY_BYTES);
    next.load *= faded;
    const host = stateOfHash(cluster, next.hash);
    if (host && host.entry == 0) host.entry = ++count;
    else if (!host && (next.load > 0.01 || span - next.span < KEPT_SPANS)) count++;
  }
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) {
    addHost(changetype<HostState>(p), span, cluster.ticks, enough);
  }
  return view(block, HEAD_BYTES + count * ENTRY_BYTES);
}

/** What others told last would else count for ever. */
function forgetOthers(cluster: ClusterState): Bytes {
  cluster.elsewhere = 0;
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) {
    const host = changetype<HostState>(p);
    host.elsewhere = host.ownLoad = 0;
    host.sharedAnswers = host.sharedFastest = 0;
  }
  return 0;
}

function addHost(host: HostState, span: u32, tick: u32, enough: u32): void {
  if (host.entry == 0) {
    host.entry = ++count;
    memory.fill(changetype<usize>(entry(count - 1)), 0, ENTRY_BYTES);
    entry(count - 1).hash = host.hash;
    entry(count - 1).span = span;
  }
  const own = entry(host.entry - 1);
  own.load += <f64>host.load;
  const age = span > own.span ? span - own.span : 0;
  // One without any ends as soon as the one before did: the host has stopped, and older answers say nothing.
  const tells = own.answers >= enough || (own.answers == 0 && age >= own.lasted);
  if (age >= LONGEST_SPANS || (age > 0 && tells)) {
    own.lasted = min(age, LONGEST_SPANS);
    own.fastestBefore = age <= LONGEST_SPANS ? own.fastest : 0;
    own.answersBefore = age <= LONGEST_SPANS ? own.answers : 0;
    own.span = span;
    own.answers = own.fastest = 0;
  }
  const here = answersNow(host, tick);
  if (here > 0) own.fastest = faster(own.answers, own.fastest, fastestNow(host, tick));
  own.answers += here;
}

/** Takes over what all workers know, after it was written. */
export function adopt(cluster: ClusterState): void {
  cluster.elsewhere = 0;
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) {
    const host = changetype<HostState>(p);
    const own = entry(host.entry - 1);
    host.ownLoad += (<f64>host.load - host.ownLoad) / SUMMED;
    host.elsewhere = max<f64>(0, own.load / SUMMED - host.ownLoad);
    cluster.elsewhere += host.elsewhere;
    host.sharedAnswers = own.answers + own.answersBefore;
    host.sharedFastest = own.answers == 0 ? own.fastestBefore : faster(own.answersBefore, own.fastestBefore, own.fastest);
  }
}

/** The faster one of two times, of which the first is of so many answers, perhaps none. */
function faster(answers: u32, first: u32, second: u32): u32 {
  return answers == 0 ? second : min(first, second);
}
