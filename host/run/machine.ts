/** What the search for Envoy uses of the machine; tests pass another one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';

export interface Machine {
  /** As process.platform and process.arch. */
  readonly platform: string;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  isExecutable(path: string): boolean;
  /** Runs a program to its end. Never throws: a program that is missing has code 127. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Finished>;
}
export interface RunOptions {
  /** Ends the program, with all that it started. */
  readonly signal?: AbortSignal;
  /** Beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What ended it, when it did not end itself. */
  readonly signal?: string;
}

export const thisMachine = (): Machine => ({
  platform: process.platform,
  arch: process.arch,
  env: process.env,
  isExecutable(path) {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  },
  run: (command, args, { signal, env } = {}) =>
    new Promise((done) => {
      const [first = command, ...rest] = [...endingWithUs(), command, ...args];
      const child = spawn(first, rest, {
        stdio: ['ignore', 'pipe', 'pipe'],
        // A process group of its own, which can be ended as a whole.
        detached: true,
        env: { ...process.env, ...env },
      });
      const free = endGroupWith(child, signal);
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.on('error', (error) => {
        free();
        done({ code: 127, stdout, stderr: error.message });
      });
      child.on('close', (code, ending) => {
        free();
        done({ code: code ?? 1, stdout, stderr, ...(ending === null ? {} : { signal: ending }) });
      });
    }),
});

const FORCE_MS = 2_000;

/**
 * Ends a child and its own children when the signal aborts, by force after two seconds, and when this process
 * ends.
 */
function endGroupWith(child: ChildProcess, signal: AbortSignal | undefined): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onExit = (): void => endGroup(child, 'SIGKILL');
  const onAbort = (): void => {
    endGroup(child, 'SIGTERM');
    timer = setTimeout(onExit, FORCE_MS);
  };
  process.on('exit', onExit);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  return () => {
    clearTimeout(timer);
    process.off('exit', onExit);
    signal?.removeEventListener('abort', onAbort);
  };
}

/** A child that was started with a group of its own, and what that has started. */
export function endGroup({ pid }: ChildProcess, how: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, how);
  } catch {
    // It is gone.
  }
}

let guard: readonly string[] | undefined;
/**
 * `setpriv --pdeathsig` asks the Linux kernel to end a child with its parent; other systems do not have this.
 */
export function endingWithUs(): readonly string[] {
  const words = ['setpriv', '--pdeathsig', 'TERM'];
  guard ??=
    process.platform === 'linux' &&
    spawnSync('setpriv', [...words.slice(1), 'true'], { stdio: 'ignore' }).status === 0
      ? words
      : [];
  return guard;
}
