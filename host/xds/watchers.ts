/** Who waits for a word of an Envoy, or for the end of its stream. */
import type { Peer, Watch } from './order.ts';

export class Watchers {
  readonly #callbacks = new Set<(peer: Peer) => void>();

  readonly watch: Watch = (callback) => {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  };

  tell(peer: Peer): void {
    for (const callback of [...this.#callbacks]) callback(peer);
  }
}
