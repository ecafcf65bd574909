/** How often something was done, and how long that took in all. */
export class Stopwatch {
  count = 0;
  seconds = 0;

  add(ms: number): void {
    this.count++;
    this.seconds += ms / 1000;
  }

  /** Whatever comes of it. */
  async time<T>(work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await work();
    } finally {
      this.add(performance.now() - begun);
    }
  }
}
