/**
 * Envoys of one Gateway on one machine: each in a network of its own, so that all may listen on the same
 * port, which is reached through a socket.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
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

  private constructor(child: ChildProcess, path: string) {
    this.#child = child;
    this.#path = path;
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
    return new IsolatedEdge(keep(spawn(program, args, { stdio: 'ignore' })), path);
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

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
