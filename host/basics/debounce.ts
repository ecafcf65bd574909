/** Many notices are told as one, when it has been quiet for a while: what changes often does so in steps. */
export class Debounce {
  readonly #quietMs: number;
  readonly #latestMs: number;
  readonly #tell: () => void;
  /** Of the first that is not told yet. */
  #noticed: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param quietMs Quiet time before it is told.
   * @param latestMs A steady stream of notices is told at the latest after this time.
   */
  constructor(quietMs: number, latestMs: number, tell: () => void) {
    this.#quietMs = quietMs;
    this.#latestMs = latestMs;
    this.#tell = tell;
  }

  notice(): void {
    const now = performance.now();
    this.#noticed ??= now;
    const left = Math.max(0, this.#noticed + this.#latestMs - now);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#noticed = undefined;
        this.#tell();
      },
      Math.min(left, this.#quietMs),
    );
  }

  /** What was noticed is not told any more. */
  close(): void {
    clearTimeout(this.#timer);
  }
}
