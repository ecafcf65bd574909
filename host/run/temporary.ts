/** A folder that goes with what it was made for: when that is over, and when this process ends, however it ends (but by SIGKILL). */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Temporary {
  readonly path: string;
  /** Safe to call twice. */
  remove(): void;
}

/** @param prefix Path of the folder without its last, random letters. */
export function temporaryFolder(prefix: string): Temporary {
  mkdirSync(dirname(prefix), { recursive: true });
  const path = mkdtempSync(prefix);
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(path, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return { path, remove };
}
