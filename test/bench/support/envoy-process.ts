/**
 * One Envoy for a bench: own process, admin on a port of the kernel's choice, ready when the admin says LIVE.
 * Kept apart from the tests' fixture, since a bench wants a fixed number of workers and no tracing of what
 * happens.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keep } from '../../support/children.ts';
import type { Bootstrap } from './types.ts';

export interface RunningEnvoy {
  readonly pid: number;
  readonly admin: string;
  /** Port of the first listener. */
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts Envoy on a bootstrap. Throws with the last lines of Envoy's log when it does not become ready. */
export async function startEnvoy(binary: string, bootstrap: Bootstrap, workers = 1): Promise<RunningEnvoy> {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-bench-'));
  const config = join(folder, 'envoy.json');
  const adminFile = join(folder, 'admin');
  const local = { socket_address: { address: '127.0.0.1', port_value: 0 } };
  writeFileSync(config, JSON.stringify({ ...bootstrap, admin: { address: local } }));
  const child = spawn(
    binary,
    ['-c', config, '--concurrency', String(workers), '--disable-hot-restart', '--log-level', 'error'].concat([
      '--admin-address-path',
      adminFile,
    ]),
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  keep(child);
  let log = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4000);
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  };
  let reason = 'no admin address yet';
  for (let i = 0; i < 1200; i++) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    try {
      const admin = `http://${readFileSync(adminFile, 'utf8').trim()}`;
      const ready = await fetch(`${admin}/ready`);
      reason = `${ready.status} ${(await ready.text()).trim()}`;
      if (ready.status === 200) {
        return { pid: child.pid!, admin, port: await firstPort(admin), stop };
      }
    } catch {
      // Not written or not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stop();
  throw new Error(`Envoy did not become ready (${reason}):\n${log.trim()}`);
}

async function firstPort(admin: string): Promise<number> {
  const body = (await (await fetch(`${admin}/listeners?format=json`)).json()) as {
    listener_statuses?: { local_address: { socket_address: { port_value: number } } }[];
  };
  const port = body.listener_statuses?.[0]?.local_address.socket_address.port_value;
  if (port === undefined) throw new Error('Envoy has no listener');
  return port;
}
