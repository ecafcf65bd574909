/**
 * Whether a step of a publication is refused by too many. An Envoy is who shows its certificate and says its
 * name. It has one vote, however many connections it has: it refuses when all of them do. Nobody checks
 * names, so half of the certificates must refuse, too: one counts once, however many names it says.
 */
import { groupBy } from '../basics/collections.ts';
import type { Peer, Refusal } from './order.ts';

/** Half of them, or more. */
const isHalf = (some: number, all: number): boolean => 2 * some >= all;

export class Vote<Of extends Peer> {
  readonly #peers: ReadonlySet<Of>;
  readonly #refusals: readonly Refusal[];
  readonly #refusing = new Set<Of>();
  /** Of each certificate its Envoys, of each Envoy its connections. */
  readonly #certificates: readonly (readonly (readonly Of[])[])[];
  #read = 0;

  /** @param refusals Grows meanwhile. */
  constructor(peers: readonly Of[], refusals: readonly Refusal[]) {
    this.#peers = new Set(peers);
    this.#refusals = refusals;
    this.#certificates = [...groupBy(peers, ({ certificate }) => certificate).values()].map((shown) => [
      ...groupBy(shown, ({ label }) => label).values(),
    ]);
  }

  get refusing(): ReadonlySet<Of> {
    for (; this.#read < this.#refusals.length; this.#read++) {
      const peer = this.#refusals[this.#read]!.peer as Of;
      if (this.#peers.has(peer)) this.#refusing.add(peer);
    }
    return this.#refusing;
  }

  /** Of those that have said something, half of the Envoys or more refuse, and half of the certificates. */
  isLost(silent: ReadonlySet<Peer>): boolean {
    const { refusing } = this;
    if (refusing.size === 0) return false;
    const votes = (peer: Of) => refusing.has(peer) || (!peer.closed && !silent.has(peer));
    const refuses = (all: readonly Of[]) => all.every((peer) => refusing.has(peer) || !votes(peer));
    const counts = this.#certificates.flatMap((envoys) => {
      const voting = envoys.filter((all) => all.some(votes));
      return voting.length === 0 ? [] : [{ all: voting.length, against: voting.filter(refuses).length }];
    });
    const sum = (of: 'all' | 'against') => counts.reduce((total, one) => total + one[of], 0);
    const refused = counts.filter(({ against, all }) => isHalf(against, all));
    return isHalf(sum('against'), sum('all')) && isHalf(refused.length, counts.length);
  }
}
