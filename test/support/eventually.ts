/**
 * Waiting for a state of the world: polls, never sleeps for a fixed time, and on timeout says what was last
 * wrong.
 */

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/**
 * Calls `check` until it returns without throwing, and gives what it returned. After `timeoutMs` the last
 * error is thrown with `what` in front. The bound is generous: it is there to end a hung run, not to judge
 * speed.
 */
export async function eventually<T>(
  what: string,
  check: () => T | Promise<T>,
  timeoutMs = 90_000,
  everyMs = 50,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`${what}: not within ${timeoutMs} ms; last: ${reason}`, { cause: error });
      }
      await sleep(everyMs);
    }
  }
}
