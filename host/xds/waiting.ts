/**
 * Who has not answered a step yet. Whether half have is told by certificates, as votes are: one counts once,
 * however many connections show it, so that nobody makes itself the half that is waited for.
 */
import type { Peer } from './order.ts';

interface Shown {
  readonly all: number;
  waiting: number;
}

/** More than half of who shows a certificate. */
const isLate = ({ all, waiting }: Shown): boolean => 2 * waiting > all;

export class Waiting<Of extends Peer> {
  readonly #peers: Map<Peer, Of>;
  readonly #shown = new Map<string, Shown>();
  /** Certificates that are late. */
  #late = 0;

  /** @param waits Whether it is still to answer. */
  constructor(here: readonly Of[], waits: (peer: Of) => boolean) {
    this.#peers = new Map(here.filter(waits).map((peer) => [peer, peer]));
    for (const peer of here) {
      const { all, waiting } = this.#shown.get(peer.certificate) ?? { all: 0, waiting: 0 };
      this.#shown.set(peer.certificate, { all: all + 1, waiting: waiting + (this.#peers.has(peer) ? 1 : 0) });
    }
    for (const one of this.#shown.values()) if (isLate(one)) this.#late++;
  }

  get(peer: Peer): Of | undefined {
    return this.#peers.get(peer);
  }

  delete(peer: Of): void {
    const shown = this.#shown.get(peer.certificate);
    if (!this.#peers.delete(peer) || shown === undefined) return;
    const before = isLate(shown);
    shown.waiting--;
    if (before && !isLate(shown)) this.#late--;
  }

  get peers(): Iterable<Of> {
    return this.#peers.values();
  }

  get isOver(): boolean {
    return this.#peers.size === 0;
  }

  /** Of half of the certificates half of who shows it, or more. */
  get isHalfDone(): boolean {
    return 2 * this.#late <= this.#shown.size;
  }
}
