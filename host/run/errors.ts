/** What can go wrong, in the kinds that a user can tell apart. Anything else is our bug. */

/** A command line that cannot be understood: exit code 2, with what was probably meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Outside the program: no Envoy, a busy port, a refused configuration. Reported in one line, with exit code
 * 3.
 */
export class RunError extends Error {
  override readonly name = 'RunError';
}

/** A signal ended it. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  constructor() {
    super('stopped by a signal');
  }
}

/** Exit codes (a contract). */
export const EXIT = { good: 0, refused: 1, usage: 2, failed: 3 } as const;

/** The first line of anything thrown. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
