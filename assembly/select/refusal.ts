/**
 * Whether a host takes a key of a sticky policy, and why not: the key is among those that the host sheds, or
 * the host has its share of requests under way.
 */
import { mix } from '../hash/mix';
import { ClusterState, HostState } from '../load/cluster';
import { FREE_STREAMS, SPREADS, STREAM_PART, STREAM_SPREADS } from '../load/tuning';
import { Sticky } from './model';

/** Why a key leaves its home. docs/STICKY.md explains them. */
export const TAKES: u32 = 0;
export const LEFT_AWAY: u32 = 1;
export const LEFT_REPORTED: u32 = 2;
export const LEFT_SLOW: u32 = 3;
export const LEFT_SILENT: u32 = 4;
export const LEFT_BUSY: u32 = 5;
export const LEFT_HOT_KEY: u32 = 6;
export const LEFT_REASONS: u32 = 7;

let random: u64 = 0x9e3779b97f4a7c15;

export function seedRandom(seed: u64): void {
  random ^= seed;
  if (random == 0) random = 1;
}

/** Marsaglia's xorshift64, from 0 to 1. Chooses which requests of a hot key pass by a host that sheds. */
function nextRandom(): f64 {
  random ^= random << 13;
  random ^= random >> 7;
  random ^= random << 17;
  return <f64>(random >> 40) / 16777216.0;
}

/** A number from 0 to 1 for a key and a host, the same at all times and in all workers. */
function lot(key: u64, host: u64): f64 {
  return <f64>(mix(key ^ rotl<u64>(host, 23)) >> 40) / 16777216.0;
}

/** Why a host does not take the key, or TAKES. */
export function refusalOf(sticky: Sticky, host: HostState, hash: u64, hot: bool, free: u32, bound: f64): u32 {
  if (host.shed > 0 && (hot ? nextRandom() : lot(hash, host.hash)) < host.shed) {
    return host.slow > host.hot ? LEFT_SLOW : LEFT_REPORTED;
  }
  if (within(sticky, host, hot, free, bound)) return TAKES;
  return host.silent ? LEFT_SILENT : LEFT_BUSY;
}

/**
 * Whether a host may take one more request: beyond `free` of them, at most `bound` times its share of all
 * requests under way. What it sheds is no share of it: the keys that stay wait there the longer. Of many
 * requests a host that is well has no more than chance brings together, so the bound comes closer: above its
 * share by SPREADS times the share's root. The more of all requests are streams, the closer it comes.
 */
function within(sticky: Sticky, host: HostState, hot: bool, free: u32, bound: f64): bool {
  const here = <f64>(hot ? host.inFlight : host.load) + host.elsewhere;
  if (host.silent) return here < 1;
  const cluster = changetype<ClusterState>(sticky.cluster);
  const due = (<f64>(hot ? cluster.inFlight : cluster.load) + cluster.elsewhere) * host.share * (1 - host.shed);
  const root = Math.sqrt(due);
  const short = min(due * (bound - 1), SPREADS * root);
  const streams = min(short, max(due * STREAM_PART, STREAM_SPREADS * root));
  const above = between(<f64>free + short, FREE_STREAMS + streams, cluster.streaming);
  return here < due + above;
}

/** From `a` to `b`, as far as `part` says. */
function between(a: f64, b: f64, part: f64): f64 {
  return a + (b - a) * part;
}
