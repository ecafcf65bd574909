/**
 * What was made in the last round, for the next one: a cache that cannot grow, because what a round does not
 * ask for is gone after it.
 */
export class Recent<K, V> {
  #now = new Map<K, V>();
  #before = new Map<K, V>();

  /** A new round begins. */
  turn(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }

  /** Of this round, else of the one before. Who asks keeps what it wants with `keep`. */
  get(key: K): V | undefined {
    return this.#now.get(key) ?? this.#before.get(key);
  }

  keep(key: K, value: V): V {
    this.#now.set(key, value);
    return value;
  }

  /** As it was made before, else made now; kept for the next round. */
  of(key: K, make: () => V): V {
    return this.keep(key, this.get(key) ?? make());
  }
}
