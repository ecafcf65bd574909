/**
 * A folder that goes with what it was made for: when that is over, and when this process ends, however it
 * ends (but by SIGKILL).
 */
import { mkdtempSync, rmSync } from 'node:fs';

export interface Temporary {
  readonly path: string;
  /** Safe to call twice. */
  remove(): void;
}

/** @param prefix Path of the folder without its last, random letters; its own folder must be there. */
export function temporaryFolder(prefix: string): Temporary {
  const path = mkdtempSync(prefix);
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(path, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return { path, remove };
}
