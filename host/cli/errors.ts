/** A command line that cannot be understood: exit code 2, with what was probably meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Exit codes (a contract). */
export const EXIT = { good: 0, refused: 1, usage: 2, failed: 3 } as const;
