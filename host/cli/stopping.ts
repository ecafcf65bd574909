/**
 * One end for a command that starts others: from its first line to its last, SIGINT, SIGTERM or SIGHUP aborts
 * what is under way, and what was made meanwhile is taken away before the command returns. A second signal
 * does not wait.
 */
import { Stopped } from '../run/errors.ts';
import type { Io } from './io.ts';

export interface Stop {
  /** Aborts at the first signal; its reason is a Stopped. */
  readonly signal: AbortSignal;
  /** Aborts at the second. */
  readonly force: AbortSignal;
}

/** The result of `work`, or undefined when a signal ended it: a rejection after that is no error. */
export async function untilStopped<T>(io: Io, work: (stop: Stop) => Promise<T>): Promise<T | undefined> {
  const first = new AbortController();
  const second = new AbortController();
  const off = io.onStop(() => {
    if (first.signal.aborted) second.abort(new Stopped());
    else first.abort(new Stopped());
  });
  try {
    return await work({ signal: first.signal, force: second.signal });
  } catch (error) {
    if (first.signal.aborted) return undefined;
    throw error;
  } finally {
    off();
  }
}

/**
 * `promise`, or a rejection as soon as the signal aborts. For what cannot be ended: reading files, standard
 * input.
 */
export function orStopped<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((done, fail) => {
    if (signal.aborted) fail(signal.reason);
    const stop = (): void => fail(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(done, fail).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Also when it has aborted before. */
export function onAbort(signal: AbortSignal, act: () => unknown): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}
