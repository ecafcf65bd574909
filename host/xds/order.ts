/**
 * In which order a new configuration reaches Envoy, so that no request meets a route without its cluster, or
 * a cluster without its hosts: make before break. Each step is answered by every Envoy before the next
 * begins, and a refusal ends the rest, so that old routes go on with the old clusters.
 */
import type { Snapshot } from './encode.ts';
import type { Kind } from './registry.ts';
import { Vote } from './vote.ts';
import { Waiting } from './waiting.ts';

/**
 * What is published. `meanwhile` is served until the routes are new: it has what old routes need as well as
 * what new ones do, where both stand in one resource, as the policies of a filter do.
 */
export interface Publication {
  readonly meanwhile: Snapshot;
  readonly final: Snapshot;
}

interface Step {
  readonly of: keyof Publication;
  readonly kinds: readonly Kind[];
  /**
   * What is gone is removed too. Envoy itself lets go of endpoints, routes and filters whose user is gone.
   */
  readonly removals: boolean;
  /** By the end of the step Envoy has asked for everything of the kinds. */
  readonly whole: boolean;
}

export const STEPS: readonly Step[] = [
  // At once: Envoy answers for a changed cluster when it has its endpoints, which it needs again though they
  // did not change.
  { of: 'meanwhile', kinds: ['cds', 'eds'], removals: false, whole: true },
  // That of a new listener is asked for with the listener.
  { of: 'meanwhile', kinds: ['ecds'], removals: false, whole: false },
  // What is renewed: certificates and authorities. Those of a new listener or cluster are asked for with it.
  { of: 'meanwhile', kinds: ['sds'], removals: false, whole: false },
  // With what is gone: a listener can only take an address that no other has.
  { of: 'meanwhile', kinds: ['lds'], removals: true, whole: true },
  { of: 'meanwhile', kinds: ['rds'], removals: false, whole: true },
  { of: 'final', kinds: ['ecds', 'sds'], removals: false, whole: true },
  { of: 'final', kinds: ['cds'], removals: true, whole: true },
];

/** Of the time for those that are late each step has at least this part. */
const LEAST_SHARE = 5;

/** What a step is done with: a stream, and its end. */
export interface Peer {
  push(kind: Kind, snapshot: Snapshot, removals: boolean): void;
  isSettled(kinds: readonly Kind[], snapshot: Snapshot, whole: boolean): boolean;
  readonly closed: boolean;
  /** How Envoy is named in messages. */
  readonly label: string;
  /** That it has shown: equal for equal ones, '' where none is asked for. */
  readonly certificate: string;
}

export interface Refusal {
  readonly peer: Peer;
  readonly envoy: string;
  readonly kind: Kind;
  readonly names: readonly string[];
  /** Envoy's words. */
  readonly reason: string;
}
export interface Brought<Of extends Peer> {
  /** Why the publication ended early; empty: it did not. */
  readonly refusals: readonly Refusal[];
  /** Who refused what more than half of them took. */
  readonly outvoted: ReadonlySet<Of>;
  /** Who did not answer in time. */
  readonly silent: ReadonlySet<Of>;
}

/** Called back at each request of an Envoy, and at the end of its stream. Returns how to stop that. */
export type Watch = (callback: (peer: Peer) => void) => () => void;

/**
 * Where half of them or more refuse, it ends there; see Vote. Where fewer do, it goes on without them.
 * @param peers Those of now; one that connects later gets what is served as it asks for it.
 * @param serve Called before each step with what an Envoy gets that asks meanwhile.
 * @param refusals Filled by whoever reads the answers.
 * @param answerMs How long a step waits until half of them have answered (see Waiting). For those that are
 *   later all steps together wait so long again, and each at least a fifth of it: who is late with each step,
 *   or others with each, hold nobody up much longer than one that never answers.
 */
export async function publishInOrder<Of extends Peer>(
  peers: readonly Of[],
  publication: Publication,
  serve: (snapshot: Snapshot) => void,
  refusals: readonly Refusal[],
  watch: Watch,
  answerMs: number,
): Promise<Brought<Of>> {
  const silent = new Set<Of>();
  const vote = new Vote(peers, refusals);
  const ends = () => vote.isLost(silent);
  let patienceMs = answerMs;
  for (const { of, kinds, removals, whole } of STEPS) {
    const snapshot = publication[of];
    serve(snapshot);
    const push = (peer: Of) => {
      for (const kind of kinds) peer.push(kind, snapshot, removals);
    };
    const waits = (peer: Of) => !peer.closed && !peer.isSettled(kinds, snapshot, whole);
    const out = new Set([...silent, ...vote.refusing]);
    const here = peers.filter((peer) => !peer.closed && !out.has(peer));
    for (const peer of here) push(peer);
    const waiting = new Waiting(here, waits);
    const heard = (from: Peer) => {
      const peer = waiting.get(from);
      if (peer === undefined || ends()) return;
      if (vote.refusing.has(peer)) {
        waiting.delete(peer);
        return;
      }
      // What it has asked for only now belongs to the step.
      push(peer);
      if (!waits(peer)) waiting.delete(peer);
    };
    const isDone = () => ends() || waiting.isOver;
    const isHalfDone = () => waiting.isHalfDone;
    const forLate = Math.max(patienceMs, answerMs / LEAST_SHARE);
    patienceMs -= await until(isDone, isHalfDone, heard, watch, answerMs, forLate);
    if (!ends()) for (const peer of waiting.peers) silent.add(peer);
    if (ends()) return { refusals: [...refusals], outvoted: new Set(), silent };
  }
  return { refusals: [], outvoted: vote.refusing, silent };
}

/**
 * Each answer costs the work for one peer, not for all.
 * @returns how long it waited for those that are late, in milliseconds.
 */
function until(
  isDone: () => boolean,
  isHalfDone: () => boolean,
  heard: (peer: Peer) => void,
  watch: Watch,
  answerMs: number,
  lateMs: number,
): Promise<number> {
  return new Promise((resolve) => {
    let halfDoneAt: number | undefined;
    const end = () => {
      clearTimeout(timer);
      stop();
      resolve(halfDoneAt === undefined ? 0 : Math.max(0, Date.now() - halfDoneAt));
    };
    let timer = setTimeout(end, answerMs);
    const check = () => {
      if (isDone()) return end();
      if (halfDoneAt !== undefined || !isHalfDone()) return;
      halfDoneAt = Date.now();
      clearTimeout(timer);
      timer = setTimeout(end, lateMs);
    };
    const stop = watch((peer) => {
      heard(peer);
      check();
    });
    check();
  });
}
