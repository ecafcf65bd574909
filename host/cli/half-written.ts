/** Files that a process was writing when it was killed, and that become the file of their name no more. */
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Under which this process writes a file, until it is whole. */
export const halfWrittenName = (name: string): string => `.${name}.${process.pid}.tmp`;
const HALF_WRITTEN = /^\.(.+)\.(\d+)\.tmp$/s;

/** No write takes that long. In a folder that machines share, a process that is not here may be there. */
const OLD_MS = 60_000;

/**
 * Removes those of processes that are gone: regular files of this user. What cannot be removed stays.
 * @param isOurs By the name of the whole file, whether it is one that is written there.
 */
export function removeHalfWritten(folder: string, isOurs: (name: string) => boolean): void {
  for (const entry of entriesOf(folder)) {
    const [, name, pid] = HALF_WRITTEN.exec(entry) ?? [];
    if (name === undefined || !isOurs(name) || isRunning(Number(pid))) continue;
    const path = join(folder, entry);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found?.isFile() || found.uid !== process.getuid?.() || Date.now() - found.mtimeMs < OLD_MS) continue;
    try {
      rmSync(path, { force: true });
    } catch {
      // What is written does not depend on it.
    }
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Also one of another user, which may not be asked. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
