/** How often something was done, and how long that took in all. */
export class Stopwatch {
  count = 0;
  seconds = 0;

  /** Whatever comes of it. */
  async time<T>(work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await work();
    } finally {
      this.count++;
      this.seconds += (performance.now() - begun) / 1000;
    }
  }
}
