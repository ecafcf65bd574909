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

/** Brings up its network, leads the socket to the port, and runs Envoy. */
const INSIDE = `
const [path, port, program, ...args] = process.argv.slice(1);
const net = require('node:net'), { spawn, spawnSync } = require('node:child_process');
spawnSync('ip', ['link', 'set', 'lo', 'up']);
net.createServer((from) => {
  const to = net.connect(port, '127.0.0.1');
  for (const [one, other] of [[from, to], [to, from]]) one.on('error', () => other.destroy()).pipe(other);
}).listen(path);
spawn(program, args, { stdio: 'ignore' });
`;

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
  ): Promise<IsolatedEdge> {
    const [file, path] = [join(folder, `${id}.yaml`), join(folder, `${id}.sock`)];
    const { code, stderr } = await cli(['bootstrap', '--xds', server, '--node', id, '-o', file]);
    if (code !== 0) throw new Error(stderr);
    const envoy = [binary, '-c', file, '--disable-hot-restart', '--concurrency', '1', '-l', 'off'];
    const [program, ...args] = [...ISOLATED, process.execPath, '-e', INSIDE, path, String(port), ...envoy];
    return new IsolatedEdge(keep(spawn(program, args, { stdio: 'ignore' })), path);
  }

  /** The status of an answer to GET. */
  get(path: string): Promise<number | undefined> {
    return new Promise((done, fail) => {
      const asked = request({ socketPath: this.#path, path, headers: { host: 'www.example.com' } });
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
