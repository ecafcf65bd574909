/**
 * The profile `fleet` of docker-compose.yml, which is envoy/fleet/: a server and three Envoys in containers.
 * Each of them is killed under load, and the backends become more meanwhile: no request at the others fails,
 * and all of them follow.
 */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { backendOf, connections, http1 } from '../../demo/fakes/http1.ts';
import { SteadyLoad } from '../../demo/fakes/steady-load.ts';
import { eventually } from '../support/eventually.ts';
import { containerTest, docker, nodeForGlibc, project, root, skip } from './support/docker.ts';

const file = `${root}/docker-compose.yml`;
const name = project('fleet');
const EDGES = ['edge-1', 'edge-2', 'edge-3'] as const;
for (const edge of [1, 2, 3]) process.env[`LOADSTAR_PORT_${edge}`] ??= '0';
for (const port of ['LOADSTAR_PORT', 'LOADSTAR_ADMIN_PORT']) process.env[port] ??= '0';
// Not the network of docker-compose.yml: a person's stack may be running.
process.env.LOADSTAR_NET ??= `10.214.${process.pid % 250}`;
const compose = (...args: string[]): string =>
  docker('compose', '-f', file, '-p', name, '--profile', 'fleet', ...args);
if (skip === false) process.env.LOADSTAR_NODE_GLIBC_IMAGE ??= nodeForGlibc();

after(() => {
  if (skip === false) compose('down', '--rmi', 'local', '--volumes', '--timeout', '2');
});

const portOf = (edge: string): number => Number(compose('port', edge, '10080').trim().split(':').at(-1));
const status = (): string =>
  compose('exec', '-T', 'server', '/opt/loadstar/entrypoint.sh', 'status', '--server', 'unix:/xds/xds.sock');
const current = (edges: readonly string[]) =>
  eventually(
    `${edges} are current`,
    () => {
      const text = status();
      for (const edge of edges) assert.match(text, new RegExp(`^${edge} .* current$`, 'm'));
    },
    60_000,
    300,
  );
const keys = Array.from({ length: 200 }, (_, i) => `user-${i}`);

async function homes(port: number): Promise<ReadonlyMap<string, string>> {
  const agent = connections(8);
  const found = new Map<string, string>();
  for (const key of keys) found.set(key, backendOf(await http1({ port, headers: [['x-user', key]], agent })));
  agent.destroy();
  return found;
}

containerTest('a server and an edge are killed under load, and the others follow the backends', async (t) => {
  compose('up', '--wait', '--quiet-pull', '--build');
  await current(EDGES);
  const ports = EDGES.map(portOf);
  const [first, second, third] = ports as [number, number, number];
  const loads = [first, third].map(
    (port) => new SteadyLoad({ port, paths: ['/'], rate: 50, header: 'x-user' }),
  );
  try {
    assert.deepEqual(await homes(first), await homes(second), 'a user has one backend at all edges');
    compose('kill', 'server');
    assert.equal((await http1({ port: second })).status, 200);
    compose('up', '--wait', '--no-recreate', 'server');
    await current(EDGES);
    compose('kill', 'edge-2');
    compose('up', '--wait', '--no-recreate', '--scale', 'backend=4', 'backend', 'server', 'edge-1', 'edge-3');
    await eventually(
      'four backends have keys at both',
      async () => {
        for (const port of [first, third]) assert.equal(new Set((await homes(port)).values()).size, 4);
      },
      60_000,
      200,
    );
    compose('up', '--wait', '--no-recreate', 'edge-2');
    await current(EDGES);
    assert.deepEqual(await homes(portOf('edge-2')), await homes(first), 'it has what the others have');
    const shots = (await Promise.all(loads.map((load) => load.stop()))).flat();
    assert.ok(shots.length > 200, `${shots.length} requests`);
    assert.deepEqual(loads.flatMap((load) => load.failed).slice(0, 5), []);
    t.diagnostic(`${shots.length} requests at the two others, none failed`);
  } finally {
    await Promise.all(loads.map((load) => load.stop()));
  }
});
