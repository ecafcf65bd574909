/** `loadstar serve` and the Envoys of it, as a user starts them: processes that a test may kill. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FleetStatus } from '../../host/fleet/fleet-status.ts';
import { keep } from './children.ts';
import { Envoy, type EnvoyOptions } from './envoy.ts';
import { eventually } from './eventually.ts';
import { cli, cliPath } from './translate.ts';

export class ServeProcess {
  /** As `--listen` had it; with port 0 the one that it got. */
  address: string;
  out = '';
  err = '';
  readonly #args: readonly string[];
  #child: ChildProcess;

  private constructor(address: string, args: readonly string[]) {
    this.address = address;
    this.#args = args;
    this.#child = this.#spawn();
  }

  /** Resolves when it listens. @param args But for `--listen`. */
  static async start(address: string, args: readonly string[]): Promise<ServeProcess> {
    const server = new ServeProcess(address, args);
    await server.#listening();
    return server;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The same command once more, at the same address. */
  async again(): Promise<void> {
    this.out = '';
    this.err = '';
    this.#child = this.#spawn();
    await this.#listening();
  }

  async end(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<number | null> {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close');
      child.kill(signal);
      await closed;
    }
    return child.exitCode;
  }

  /** The document that `loadstar status` reads; in plain text. */
  async status(): Promise<FleetStatus> {
    return (await (await fetch(`http://${this.address}/status`)).json()) as FleetStatus;
  }

  /** Waits until it says this, from a place in what it has said. */
  said(line: RegExp, from = 0): Promise<string> {
    return eventually(
      `serve says ${line}`,
      () => {
        const found = `${this.out}${this.err}`
          .slice(from)
          .split('\n')
          .find((each) => line.test(each));
        if (found === undefined) throw new Error(`${this.out}${this.err}` || 'nothing was said');
        return found;
      },
      60_000,
      20,
    );
  }

  #spawn(): ChildProcess {
    const args = [cliPath(), 'serve', '--listen', this.address, ...this.#args];
    const child = keep(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    return child;
  }

  async #listening(): Promise<void> {
    const line = await eventually('it serves', () => {
      const found = /^serving {2}(\S+?),? ?(?:to .*)?$/m.exec(this.out)?.[1];
      if (this.#child.exitCode !== null) return `ended: ${this.err}`;
      if (found === undefined) throw new Error(this.err || 'nothing was said');
      return found;
    });
    if (line.startsWith('ended: ')) throw new Error(line);
    this.address = line;
  }
}

/** An Envoy that starts with what `loadstar bootstrap` prints. */
export async function startEdge(
  id: string,
  servers: readonly string[],
  args: readonly string[] = [],
  options: EnvoyOptions = {},
): Promise<Envoy> {
  const xds = servers.flatMap((address) => ['--xds', address]);
  const made = await cli(['bootstrap', ...xds, '--node', id, '--format', 'json', ...args]);
  if (made.code !== 0) throw new Error(made.stderr);
  return await Envoy.start(JSON.parse(made.stdout) as object, options);
}

/** As nobody wishes: what is under way on it is lost. */
export async function killEnvoy(envoy: Envoy): Promise<void> {
  process.kill(envoy.pid, 'SIGKILL');
  await envoy.stop();
}
