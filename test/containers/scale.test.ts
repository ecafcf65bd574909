/**
 * envoy/scale: `docker compose up --scale backend=8` under load. New containers get their keys, which are the
 * ones that `loadstar simulate` says, key by key; back at four, every key is at home; no request fails.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { backendOf, connections, http1 } from '../../demo/fakes/http1.ts';
import { SteadyLoad } from '../../demo/fakes/steady-load.ts';
import { eventually } from '../support/eventually.ts';
import { picker } from '../support/picker.ts';
import { cli, translate } from '../support/translate.ts';
import { containerTest, nodeForGlibc, project, root, skip } from './support/docker.ts';

const PORT = 3000;
const file = 'envoy/scale/docker-compose.yml';
const env = {
  ...process.env,
  COMPOSE_PROJECT_NAME: project('scale'),
  LOADSTAR_PORT: '0',
  LOADSTAR_ADMIN_PORT: '0',
  LOADSTAR_NODE_GLIBC_IMAGE: skip === false ? nodeForGlibc() : '',
};
const folder = mkdtempSync(join(tmpdir(), 'loadstar-scale-'));

function compose(...args: string[]): string {
  const all = ['compose', '-f', file, ...args];
  const { status, stdout, stderr } = spawnSync('docker', all, {
    cwd: root,
    env,
    encoding: 'utf8',
    timeout: 240_000,
  });
  if (status !== 0) throw new Error(`docker ${all.join(' ')}: ${stderr}`);
  return stdout;
}
/** In another process than the load, which goes on meanwhile. */
const scaled = (count: number): Promise<void> =>
  new Promise((done, fail) => {
    const args = ['compose', '-f', file, 'up', '--wait', '--no-recreate', '--scale', `backend=${count}`];
    const child = spawn('docker', args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.on('close', (code) => (code === 0 ? done() : fail(new Error(said))));
  });

after(() => {
  rmSync(folder, { recursive: true, force: true });
  if (skip === false) compose('down', '--rmi', 'local', '--volumes', '--timeout', '2');
});

const keys = Array.from({ length: 600 }, (_, i) => `user-${i}`);
type Homes = ReadonlyMap<string, string>;

async function homes(port: number): Promise<Homes> {
  const agent = connections(8);
  const found = new Map<string, string>();
  for (const key of keys) found.set(key, backendOf(await http1({ port, headers: [['x-user', key]], agent })));
  agent.destroy();
  return found;
}

/** The manifests with the addresses in place of the name. */
function byAddress(addresses: Iterable<string>): string {
  const endpoints = [...addresses]
    .map((address) => `    - ip: {address: ${address}, port: ${PORT}}\n`)
    .join('');
  const text = readFileSync(join(root, 'envoy/scale/manifests/shop.yaml'), 'utf8');
  const placed = text.replace(/ {4}- fqdn:\n.*\n.*\n/, endpoints);
  assert.notEqual(placed, text);
  return placed;
}

/** What the filter that ships picks among these hosts. */
async function picks(addresses: Iterable<string>): Promise<Homes> {
  const { pick } = picker(await translate(byAddress(addresses), 'filter'));
  const host = (key: string) =>
    pick('httproute/default/shop/rule/0', [
      [':path', '/'],
      ['x-user', key],
    ]);
  return new Map(keys.map((key) => [key, host(key)!.replace(`:${PORT}`, '')]));
}

interface Moved {
  readonly moves: { readonly moved: number; readonly needless: number; readonly flows: readonly unknown[] };
}
async function simulated(before: readonly string[], added: readonly string[]): Promise<Moved['moves']> {
  const listed = join(folder, 'keys');
  writeFileSync(listed, keys.join('\n'));
  const resolve = ['--resolve', `backend=${before.join()}`];
  const add = added.flatMap((address) => ['--add', `${address}:${PORT}`]);
  const args = ['-f', join(root, 'envoy/scale/manifests'), '--keys-from', listed, '--format', 'json'];
  const { code, stdout, stderr } = await cli(['simulate', ...args, ...resolve, ...add]);
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as { pools: Moved[] }).pools[0]!.moves;
}

containerTest(
  '4 containers, 8, 4: keys move as simulate says, come home, and no request fails',
  async (t) => {
    compose('up', '--wait', '--quiet-pull', '--scale', 'backend=4');
    const port = Number(compose('port', 'envoy', '10080').trim().split(':').at(-1));
    const settled = (hosts: number, what: string) =>
      eventually(
        what,
        async () => {
          const now = await homes(port);
          assert.equal(new Set(now.values()).size, hosts);
          assert.deepEqual(now, await picks(new Set(now.values())));
          return now;
        },
        60_000,
        200,
      );
    const four = await settled(4, 'four hosts have the keys that are theirs');
    const load = new SteadyLoad({ port, paths: ['/'], rate: 100, header: 'x-user' });
    try {
      await scaled(8);
      const since = performance.now();
      const eight = await settled(8, 'eight hosts have the keys that are theirs');
      const seconds = ((performance.now() - since) / 1_000).toFixed(1);
      const moved = keys.filter((key) => four.get(key) !== eight.get(key));
      const old = new Set(four.values());
      const {
        moved: should,
        needless,
        flows,
      } = await simulated(
        [...old],
        [...new Set(eight.values())].filter((host) => !old.has(host)),
      );
      assert.equal(moved.length, should);
      const between = moved.filter((key) => old.has(eight.get(key)!)).length;
      t.diagnostic(
        `${moved.length} of ${keys.length} keys moved, ${between} of them between hosts that stayed; simulate: ${should} move, ${needless} more than the least, ${flows.length} ways; ${seconds} s after up --wait all were there`,
      );
      await scaled(4);
      assert.deepEqual(await settled(4, 'every key is at home again'), four);
      const shots = await load.stop();
      assert.ok(shots.length > 200);
      assert.deepEqual(load.failed, []);
      t.diagnostic(`${shots.length} requests meanwhile, none failed`);
    } finally {
      await load.stop();
    }
    assert.match(compose('logs', 'envoy'), /pool httproute\/default\/shop\/rule\/0: .*acknowledged/);
  },
);
