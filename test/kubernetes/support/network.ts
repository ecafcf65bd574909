/**
 * Machines of a small network: each a network namespace with an address of its own, all at one bridge. Stands
 * in for the network of a cluster; needs that this process is in a namespace that it may change (`npm run
 * test:kubernetes` starts it there).
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { keep } from '../../support/children.ts';

/** Where the API server and `serve` listen. */
export const HOST = '10.0.0.1';
/** How every address of it begins. */
export const NETWORK = '10.0.';
const BRIDGE = 'cluster';
/** In the namespace of the machine: its device, then the program in this very process. */
const ENTER = `echo ready; read -r address
ip link set lo up && ip address add "$address/16" dev eth0 && ip link set eth0 up && ip route add default via ${HOST} && exec "$@"`;

const ip = (...args: string[]): void => {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

export class Network {
  #count = 0;
  #devices = 0;

  /** Takes the namespace of this process, which has to be its own. */
  constructor() {
    ip('link', 'set', 'lo', 'up');
    ip('link', 'add', BRIDGE, 'type', 'bridge');
    ip('address', 'add', `${HOST}/16`, 'dev', BRIDGE);
    ip('link', 'set', BRIDGE, 'up');
  }

  /** What is left of it; the next one may come. */
  remove(): void {
    ip('link', 'delete', BRIDGE);
  }

  /** Of the lower half; the others are for who wants one of his choice. */
  freeAddress(): string {
    this.#count++;
    return `10.0.${1 + Math.floor(this.#count / 250)}.${1 + (this.#count % 250)}`;
  }

  /** Starts a program on a machine of its own, which is gone when the program ends. */
  async start(
    address: string,
    command: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<ChildProcess> {
    const args = ['--net', 'sh', '-c', ENTER, 'sh', ...command];
    const child = keep(spawn('unshare', args, { env: { ...process.env, ...env }, stdio: 'pipe' }));
    child.stdin?.on('error', () => {});
    await once(child.stdout!, 'data');
    // Of a network before this one some may be left for a moment: no name comes twice.
    const device = `v${process.pid}x${this.#devices++}`;
    const peer = ['peer', 'name', 'eth0', 'netns', String(child.pid)];
    ip('link', 'add', device, 'type', 'veth', ...peer);
    ip('link', 'set', device, 'master', BRIDGE, 'up');
    child.stdin?.end(`${address}\n`);
    return child;
  }
}
