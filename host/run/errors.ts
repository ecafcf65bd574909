/** What can go wrong outside the program: no Envoy, a busy port, a refused configuration. Told in one line, exit code 3. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

/** The first line of anything thrown. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
