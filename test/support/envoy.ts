/**
 * A real Envoy for one test: from a configuration object on free ports to ready, and away again. Every port
 * is 0 and asked for afterwards, so that tests never meet on one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin } from './admin.ts';
import { envoyBinary } from './binary.ts';
import { end, keep } from './children.ts';
import { eventually } from './eventually.ts';

/** The parts of a bootstrap that the fixture touches. */
export interface Bootstrap {
  admin?: unknown;
  static_resources?: {
    listeners?: { name?: string; address?: { socket_address?: { port_value?: number } } }[];
    clusters?: Record<string, unknown>[];
  };
}

export interface EnvoyOptions {
  /** Worker threads; default 1, so that counts of one worker can be asserted. */
  readonly concurrency?: number;
  /** Default `warning`. */
  readonly logLevel?: string;
  /** As Envoy's --component-log-level: `upstream:trace`. */
  readonly componentLogLevel?: string;
  /** Default: as host/run finds it. */
  readonly binary?: string;
}

/** Fields of Envoy's answer to a start that failed. */
export class EnvoyFailed extends Error {
  override readonly name = 'EnvoyFailed';
}

export class Envoy {
  readonly admin: Admin;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #log: string[];
  #ports: Record<string, number> = {};

  private constructor(child: ChildProcess, admin: Admin, folder: string, log: string[]) {
    this.#child = child;
    this.admin = admin;
    this.#folder = folder;
    this.#log = log;
  }

  /**
   * Starts and waits until /ready says LIVE and every listener is bound. Throws EnvoyFailed with what Envoy
   * wrote.
   */
  static async start(bootstrap: Bootstrap, options: EnvoyOptions = {}): Promise<Envoy> {
    const binary = options.binary ?? (await envoyBinary());
    const folder = mkdtempSync(join(tmpdir(), 'loadstar-test-'));
    const configFile = join(folder, 'envoy.json');
    const addressFile = join(folder, 'admin-address');
    writeFileSync(configFile, JSON.stringify(onFreePorts(bootstrap)));
    const child = spawn(
      binary,
      [
        ...['--config-path', configFile, '--admin-address-path', addressFile, '--disable-hot-restart'],
        ...['--concurrency', String(options.concurrency ?? 1), '--log-level', options.logLevel ?? 'warning'],
        ...(options.componentLogLevel === undefined
          ? []
          : ['--component-log-level', options.componentLogLevel]),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    keep(child);
    const log: string[] = [];
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => log.push(chunk));
    let ended: string | undefined;
    child.on('error', (error) => {
      ended = error.message;
    });
    child.on('exit', (code, signal) => {
      ended = `exit ${code ?? signal}`;
    });
    try {
      const envoy = await eventually('Envoy is ready', async () => {
        if (ended !== undefined) return undefined;
        const port = Number(readFileSync(addressFile, 'utf8').trim().split(':').at(-1));
        const admin = new Admin(port);
        const ready = (await admin.text('/ready')).trim();
        if (ready !== 'LIVE') throw new Error(`/ready says ${ready}`);
        const result = new Envoy(child, admin, folder, log);
        result.#ports = await admin.listeners();
        const unbound = Object.entries(result.#ports).filter(([, bound]) => bound === 0);
        if (unbound.length > 0) throw new Error(`not bound: ${unbound.map(([name]) => name).join(', ')}`);
        return result;
      });
      if (envoy === undefined) throw new EnvoyFailed(`Envoy did not start (${ended}):\n${log.join('')}`);
      return envoy;
    } catch (error) {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
      if (error instanceof EnvoyFailed) throw error;
      throw new EnvoyFailed(`${(error as Error).message}\n${log.join('')}`);
    }
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Everything written to standard error so far. */
  get log(): string {
    return this.#log.join('');
  }

  /** Bound port of a listener; without a name, of the only one. */
  port(listener?: string): number {
    const names = Object.keys(this.#ports);
    if (listener === undefined && names.length !== 1)
      throw new Error(`name one of the listeners: ${names.join(', ')}`);
    const port = this.#ports[listener ?? names[0]!];
    if (port === undefined) throw new Error(`no listener ${listener}; there are ${names.join(', ')}`);
    return port;
  }

  async stop(): Promise<void> {
    await end(this.#child);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * A copy in which admin and all listeners ask the kernel for a port of 127.0.0.1 (or the address they had).
 */
function onFreePorts(bootstrap: Bootstrap): Bootstrap {
  const copy = structuredClone(bootstrap);
  copy.admin = { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } };
  for (const listener of copy.static_resources?.listeners ?? []) {
    if (listener.address?.socket_address !== undefined) listener.address.socket_address.port_value = 0;
  }
  return copy;
}
