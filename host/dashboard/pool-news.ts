/** What is known of all pools, and what of it is new: most of 500 pools are as they were a second ago. */
import { equal } from '../basics/equal.ts';
import type { PoolNow } from './contract.ts';
import type { ShownPool, Traffic } from './traffic-history.ts';

export class PoolNews {
  #pools: ReadonlyMap<string, ShownPool> = new Map();
  #told = new Map<string, PoolNow>();
  #changed: readonly PoolNow[] = [];
  #isWhole = true;

  read(pools: ReadonlyMap<string, ShownPool>, traffic: Traffic): void {
    // Other pools: those that are gone must not stay.
    this.#isWhole = pools !== this.#pools;
    if (this.#isWhole) this.#told = new Map();
    this.#pools = pools;
    const changed: PoolNow[] = [];
    for (const [id, shown] of pools) {
      const now = traffic.pool(shown);
      if (equal(now, this.#told.get(id))) continue;
      this.#told.set(id, now);
      changed.push(now);
    }
    this.#changed = changed;
  }

  get all(): readonly PoolNow[] {
    return [...this.#told.values()];
  }

  get changed(): readonly PoolNow[] {
    return this.#changed;
  }

  /** What was told before is of other pools. */
  get isWhole(): boolean {
    return this.#isWhole;
  }
}
