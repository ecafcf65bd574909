/**
 * Whether a step of a publication is refused by too many. Each Envoy has one vote, by its name: however many
 * connections it has, or says that it has. It refuses when all of them do.
 */
import { groupBy } from '../basics/collections.ts';
import type { Peer, Refusal } from './order.ts';

export class Vote<Of extends Peer> {
  readonly #peers: ReadonlySet<Of>;
  readonly #refusals: readonly Refusal[];
  readonly #refusing = new Set<Of>();
  /** The connections of each. */
  readonly #envoys: readonly (readonly Of[])[];
  #read = 0;

  /** @param refusals Grows meanwhile. */
  constructor(peers: readonly Of[], refusals: readonly Refusal[]) {
    this.#peers = new Set(peers);
    this.#refusals = refusals;
    this.#envoys = [...groupBy(peers, ({ label }) => label).values()];
  }

  get refusing(): ReadonlySet<Of> {
    for (; this.#read < this.#refusals.length; this.#read++) {
      const peer = this.#refusals[this.#read]!.peer as Of;
      if (this.#peers.has(peer)) this.#refusing.add(peer);
    }
    return this.#refusing;
  }

  /** Half of those that have said something, or more, refuse. */
  isLost(silent: ReadonlySet<Peer>): boolean {
    const { refusing } = this;
    if (refusing.size === 0) return false;
    const votes = (peer: Of) => refusing.has(peer) || (!peer.closed && !silent.has(peer));
    const envoys = this.#envoys.filter((all) => all.some(votes));
    const against = envoys.filter((all) => all.every((peer) => refusing.has(peer) || !votes(peer)));
    return 2 * against.length >= envoys.length;
  }
}
