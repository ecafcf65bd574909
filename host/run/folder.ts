import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { RunError, reasonOf } from './errors.ts';

/**
 * Makes a folder, and those above it. Node's own `recursive` never returns where none can be made (in /proc).
 * @param what It is for, as `the files`.
 * @returns whether it was not there.
 * @throws {RunError}
 */
export function makeFolder(path: string, what: string, mode?: number): boolean {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.push(at);
  try {
    for (const folder of missing.reverse()) makeOne(folder, mode);
    if (!statSync(path).isDirectory()) throw new Error(`${path} is a file`);
  } catch (error) {
    throw new RunError(`no folder for ${what}: ${reasonOf(error)}`);
  }
  return missing.length > 0;
}

function makeOne(path: string, mode: number | undefined): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Somebody else was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
