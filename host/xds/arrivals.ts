/** Envoys that have just come: a change waits for them, so that they get it with the others. */
export class Arrivals {
  readonly #coming = new Set<Promise<void>>();

  /** @param until It has all that is served, or is known not to answer. */
  add(until: Promise<void>): void {
    const coming = until.finally(() => this.#coming.delete(coming));
    this.#coming.add(coming);
  }

  /** @param ms That it takes at most, for all of them. */
  async wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((done) => {
      timer = setTimeout(done, ms);
    });
    await Promise.race([Promise.all(this.#coming), late]);
    clearTimeout(timer);
  }
}
