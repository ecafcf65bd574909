/**
 * A folder that goes with what it was made for: when that is over, and when this process ends, however it
 * ends.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';

export interface Temporary {
  readonly path: string;
  /** Safe to call twice. */
  remove(): void;
}

/** @param prefix Path of the folder without its last, random letters; its own folder must be there. */
export function temporaryFolder(prefix: string): Temporary {
  const path = mkdtempSync(prefix);
  const endWatch = removedAfter(path);
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(path, { recursive: true, force: true });
    endWatch();
  };
  process.on('exit', remove);
  return { path, remove };
}

/**
 * For SIGKILL, which leaves us no time: a shell reads from a pipe that the kernel closes with us, then
 * removes what is left. It has its own process group, so that Ctrl-C in the terminal does not reach it.
 * @returns how to end it.
 */
function removedAfter(path: string): () => void {
  const shell = spawn('sh', ['-c', 'read -r _; rm -rf -- "$0"', path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    // Not in a folder that is to be removed.
    cwd: '/',
  });
  // Without a shell the folder stays after SIGKILL.
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  (shell.stdin as NodeJS.WritableStream & { unref?: () => void }).unref?.();
  return () => shell.stdin.destroy();
}
