/** What a program leaves behind: processes and files. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** One that hangs must not hang the run; the bound judges no speed. */
const END_MS = 60_000;

/** How it ended. One that does not end is killed, which shows as SIGKILL. */
export async function ended(
  child: ChildProcess,
): Promise<{ readonly code: number | null; readonly signal: string | null }> {
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  clearTimeout(timer);
  return { code: child.exitCode, signal: child.signalCode };
}

export const leftovers = {
  /** A process that has ended and that nobody has waited for is not alive. */
  alive(pid: number): boolean {
    try {
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  },
};
