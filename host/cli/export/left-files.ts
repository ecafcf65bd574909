/** Files that an export before this one wrote, and that nothing needs any more. A user's file stays. */
import { lstatSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RunError, reasonOf } from '../../run/errors.ts';
import type { Io } from '../io.ts';

/**
 * @param names Of files that may be left.
 * @param isOwn Whether the content says that it was written here.
 * @throws {RunError} when one cannot be removed.
 */
export function removeOwn(
  folder: string,
  names: readonly string[],
  isOwn: (name: string, bytes: Buffer) => boolean,
  io: Io,
): void {
  for (const name of names) {
    const path = join(folder, name);
    // What is no regular file was not made here: a link leads to somebody's file.
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) continue;
    const bytes = contentOf(path);
    if (bytes === undefined || !isOwn(name, bytes)) continue;
    try {
      rmSync(path, { force: true });
    } catch (error) {
      throw new RunError(`cannot remove ${path}: ${reasonOf(error)}`);
    }
    io.stdout(`${path}: removed, no longer needed\n`);
  }
}

/** What may not be read, or is too large, was not made here: such a file is written for all to read. */
function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
