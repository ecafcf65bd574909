/**
 * One Envoy as a child process: makes a folder for the configuration, starts Envoy, waits until it serves,
 * drains and stops it. Envoy ends with this process: it is killed on our exit, and on Linux the kernel ends
 * it even if we are killed (setpriv).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Admin, type AdminAddress } from './admin.ts';
import { commandLine, containerName, type Launch, writeConfig } from './command-line.ts';
import { RunError } from './errors.ts';
import { explainLog, isDetail } from './log.ts';
import { endGroup, endingWithUs } from './machine.ts';

export interface StartOptions extends Launch {
  /** Worker threads; undefined: one per core. */
  readonly concurrency?: number;
  /** How long a listener that changes lets its connections end by themselves; undefined: Envoy's own, 600. */
  readonly drainSeconds?: number;
  /** Each line Envoy logs (warnings and worse). */
  readonly onLog?: (line: string) => void;
  /** The longest time until it serves. */
  readonly readyMs?: number;
  /** Gives up the start, and ends the process. */
  readonly signal?: AbortSignal;
}

export interface RunningEnvoy {
  readonly pid: number;
  readonly admin: Admin;
  /** Resolves with the last log lines when the process has ended. Never rejects. */
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: string | null;
    readonly log: string;
  }>;
  /** While there is a listener, it gets what the filter says at level debug, line by line. */
  listen(listener: ((line: string) => void) | undefined): Promise<void>;
  /** Drains (at most `drainMs`), then ends the process, by force after two seconds. Safe to call twice. */
  stop(drainMs?: number): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

const READY_MS = 30_000;
const FORCE_MS = 2_000;
/** What is kept of the log for a message when Envoy dies. */
const LOG_LINES = 200;

/**
 * Starts Envoy and resolves when it serves.
 * @throws {RunError} when it ends before that, or is not ready in time; the message has the last reason.
 */
export async function startEnvoy(options: StartOptions): Promise<RunningEnvoy> {
  const { folder, file } = writeConfig(options);
  const adminFile = join(folder.path, 'admin.txt');
  const argv = [
    ...endingWithUs(),
    ...commandLine(options.envoy, folder.path, options.files),
    ...['-c', file, '--disable-hot-restart', '-l', 'warn', '--admin-address-path', adminFile],
    ...(options.concurrency === undefined ? [] : ['--concurrency', String(options.concurrency)]),
    ...(options.drainSeconds === undefined ? [] : ['--drain-time-s', String(options.drainSeconds)]),
  ];
  // In its own process group, so that Ctrl-C in the terminal reaches only us, and we drain it.
  const child = spawn(argv[0] as string, argv.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = () => {
    // Docker's client forwards every signal except this one, so the container is ended by name.
    if (options.envoy.kind === 'image')
      spawnSync('docker', ['kill', containerName(folder.path)], { stdio: 'ignore' });
    endGroup(child, 'SIGKILL');
  };
  process.on('exit', kill);
  let listener: ((line: string) => void) | undefined;
  const log = collectLog(child, options.onLog, (line) => listener?.(line));
  let over = false;
  const ended = new Promise<{ code: number | null; signal: string | null; log: string }>((done) => {
    const end = (code: number | null, signal: string | null, text = log()) => {
      over = true;
      process.off('exit', kill);
      folder.remove();
      done({ code, signal, log: text });
    };
    child.on('error', (error) => end(null, null, error.message));
    child.on('close', (code, signal) => end(code, signal));
  });

  const admin = await ready(adminFile, () => over, options).catch(async (error: unknown) => {
    kill();
    const { log: said } = await ended;
    const why = options.signal?.aborted ? '' : explainLog(said);
    throw why === '' ? error : new RunError(`Envoy did not start: ${why}`);
  });

  let stopping: Promise<void> | undefined;
  const stop = async (drainMs: number): Promise<void> => {
    if (over) return;
    await drain(admin, drainMs, () => over);
    child.kill('SIGTERM');
    const force = setTimeout(kill, FORCE_MS);
    await ended;
    clearTimeout(force);
  };
  return {
    pid: child.pid as number,
    admin,
    ended,
    listen: async (wanted) => {
      listener = wanted;
      await admin.logAt('wasm', wanted === undefined ? 'warning' : 'debug');
    },
    stop: (drainMs = 3_000) => {
      stopping ??= stop(drainMs);
      return stopping;
    },
    kill,
  };
}

function collectLog(
  child: ChildProcess,
  onLog: ((line: string) => void) | undefined,
  onDetail: (line: string) => void,
): () => string {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        if (isDetail(line)) {
          onDetail(line);
          continue;
        }
        lines.push(line);
        onLog?.(line);
      }
      if (lines.length > LOG_LINES) lines.splice(0, lines.length - LOG_LINES);
    });
    stream?.on('end', () => {
      if (rest !== '') lines.push(rest);
    });
  }
  return () => lines.join('\n');
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/**
 * Envoy writes the admin address when it is bound (a port of 0 resolved); then it is asked until it is live.
 */
async function ready(
  adminFile: string,
  over: () => boolean,
  { readyMs: withinMs = READY_MS, signal }: Pick<StartOptions, 'readyMs' | 'signal'>,
): Promise<Admin> {
  const deadline = Date.now() + withinMs;
  let admin: Admin | undefined;
  let last = 'its admin address is not bound';
  while (!over()) {
    if (signal?.aborted) throw new RunError('stopped before Envoy was ready');
    if (admin === undefined) {
      const address = adminAddress(adminFile);
      if (address !== undefined) admin = new Admin(address);
    }
    if (admin !== undefined) {
      last = await admin.state();
      // A signal that came while it was asked: nobody is left to serve.
      if (last === 'LIVE' && !signal?.aborted) return admin;
    }
    if (Date.now() > deadline) throw new RunError(`Envoy is not ready after ${withinMs / 1000} s: ${last}`);
    await pause(20);
  }
  throw new RunError(`Envoy ended before it was ready: ${last}`);
}

function adminAddress(file: string): AdminAddress | undefined {
  try {
    const found = /^(.*):(\d+)\s*$/.exec(readFileSync(file, 'utf8'));
    return found === null
      ? undefined
      : { address: (found[1] as string).replace(/^\[|\]$/g, ''), port: Number(found[2]) };
  } catch {
    return undefined;
  }
}

async function drain(admin: Admin, withinMs: number, over: () => boolean): Promise<void> {
  const deadline = Date.now() + withinMs;
  try {
    await admin.drain();
    while (!over() && Date.now() < deadline) {
      const active = await admin.stats('^http\\.https?-.*\\.downstream_rq_active$');
      if ([...active.values()].every((count) => count === 0)) return;
      await pause(50);
    }
  } catch {
    // If the admin interface does not answer, draining is not possible, and the process is ended anyway.
  }
}
