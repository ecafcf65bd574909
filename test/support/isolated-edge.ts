/**
 * Envoys of one Gateway on one machine: each in a network of its own, so that all may listen on the same
 * port, which is reached through a socket.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { keep } from './children.ts';
import { cli } from './translate.ts';

export const ISOLATED = ['unshare', '-rnp', '--fork', '--kill-child'] as const;
export const mayIsolate = spawnSync(ISOLATED[0], [...ISOLATED.slice(1), 'true']).status === 0;

/** Brings up its network, leads the socket to the port and the hosts to their sockets, and runs Envoy. */
const INSIDE = `
const [path, port, hosts, program, ...args] = process.argv.slice(1);
const net = require('node:net'), { spawn, spawnSync } = require('node:child_process');
spawnSync('ip', ['link', 'set', 'lo', 'up']);
const lead = (to) => net.createServer((from) => {
  const on = net.connect(to);
  for (const [one, other] of [[from, on], [on, from]]) one.on('error', () => other.destroy()).pipe(other);
});
lead({ host: '127.0.0.1', port: Number(port) }).listen(path);
for (const { address, port, path } of JSON.parse(hosts)) lead({ path }).listen(port, address);
spawn(program, args, { stdio: 'ignore' });
`;

/** A host that is reached from inside at this address, and outside by a socket. */
export interface InsideHost {
  readonly address: string;
  readonly port: number;
  readonly path: string;
}

export class IsolatedEdge {
  readonly #child: ChildProcess;
  readonly #path: string;
  readonly #file: string;

  private constructor(child: ChildProcess, path: string, file: string) {
    this.#child = child;
    this.#path = path;
    this.#file = file;
  }

  /** @param server As `--xds` has it; a socket, since no network is shared. */
  static async start(
    id: string,
    server: string,
    port: number,
    folder: string,
    binary: string,
    hosts: readonly InsideHost[] = [],
  ): Promise<IsolatedEdge> {
    const [file, path] = [join(folder, `${id}.yaml`), join(folder, `${id}.sock`)];
    const { code, stderr } = await cli(['bootstrap', '--xds', server, '--node', id, '-o', file]);
    if (code !== 0) throw new Error(stderr);
    const envoy = [binary, '-c', file, '--disable-hot-restart', '--concurrency', '1', '-l', 'off'];
    const inside = [INSIDE, path, String(port), JSON.stringify(hosts)];
    const [program, ...args] = [...ISOLATED, process.execPath, '-e', ...inside, ...envoy];
    return new IsolatedEdge(keep(spawn(program, args, { stdio: 'ignore' })), path, file);
  }

  /** The status of an answer to GET. */
  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
    return new Promise((done, fail) => {
      const all = { host: 'www.example.com', ...headers };
      const asked = request({ socketPath: this.#path, path, headers: all });
      asked.on('response', (response) => {
        response.resume();
        done(response.statusCode);
      });
      asked.on('error', fail).end();
    });
  }

  /** It neither reads nor answers until resume(). */
  pause(): void {
    process.kill(this.#pid(), 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.#pid(), 'SIGCONT');
  }

  /** Envoy's own: it is seen from outside of its namespace, under another number than inside. */
  #pid(): number {
    const found = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && this.#isEnvoy(pid));
    if (found.length !== 1) throw new Error(`${found.length} processes are ${this.#file}`);
    return Number(found[0]);
  }

  #isEnvoy(pid: string): boolean {
    try {
      const [, option, file] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return option === '-c' && file === this.#file;
    } catch {
      return false;
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
