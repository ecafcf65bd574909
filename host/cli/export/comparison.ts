/** What `--check` says and answers, whatever it compares. */
import { EXIT } from '../../run/errors.ts';
import type { Io } from '../io.ts';

/**
 * @param differences A line for each.
 * @param same What is said when there are none.
 * @returns The exit code.
 */
export function tellDifferences(differences: readonly string[], same: string, io: Io): number {
  for (const line of differences) io.stdout(`${line}\n`);
  if (differences.length > 0) return EXIT.refused;
  io.stdout(`${same}\n`);
  return EXIT.good;
}
