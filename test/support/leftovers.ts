/** What a program leaves behind: processes and files. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** How it ended. */
export const ended = (
  child: ChildProcess,
): Promise<{ readonly code: number | null; readonly signal: string | null }> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve({ code: child.exitCode, signal: child.signalCode })
    : new Promise((done) => child.once('close', (code, signal) => done({ code, signal })));

export const leftovers = {
  /** A process that has ended and that nobody has waited for is not alive. */
  alive(pid: number): boolean {
    try {
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  },
  async exists(path: string): Promise<void> {
    while (!existsSync(path)) await new Promise((done) => setTimeout(done, 10));
  },
};
