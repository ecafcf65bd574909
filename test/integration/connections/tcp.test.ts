/** TCPRoutes on a real Envoy: connections are passed on, balanced by their policy. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as build from '../../../demo/fakes/manifests.ts';
import type { Explanation } from '../../../host/explain/explanation.ts';
import { Envoy } from '../../support/envoy.ts';
import { type Manifest, service } from '../../support/manifests.ts';
import { askTcp, startTcpBackends, type TcpBackend, TcpClient } from '../../support/tcp-backend.ts';
import { cli, wasmPath } from '../../support/translate.ts';

let hosts: TcpBackend[] = [];
let envoy: Envoy;
let manifests: build.Manifest[] = [];

/** A listener of its own for each, with a route and what targets that. */
const cases: Readonly<Record<string, { readonly refs?: Manifest[]; readonly policy?: Manifest }>> = {
  turn: { policy: build.lb('RoundRobin') },
  random: { policy: build.lb('Random') },
  least: { policy: build.lb('LeastRequest') },
  source: { policy: build.lb('ConsistentHash', { consistentHash: { type: 'SourceIP' } }) },
  header: {
    policy: build.lb('ConsistentHash', { consistentHash: { type: 'Header', header: { name: 'x' } } }),
  },
  weights: { refs: [build.ref('one', { weight: 9 }), build.ref('two', { weight: 1 })] },
  missing: { refs: [build.ref('one', { weight: 1 }), build.ref('gone', { weight: 1 })] },
  nothing: { refs: [build.ref('empty')] },
  refused: { policy: { ...build.lb('Random'), rateLimit: { type: 'Local' } } },
  none: {},
};
const names = Object.keys(cases);

before(async () => {
  hosts = await startTcpBackends(['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14']);
  manifests = [
    build.gatewayClass,
    build.gateway(
      'eg',
      names.map((name, i) => build.listener(name, 9000 + i, { protocol: 'TCP' })),
    ),
    ...service('backend', hosts),
    ...service('one', hosts.slice(0, 1)),
    ...service('two', hosts.slice(1, 2)),
    build.service('empty'),
    ...names
      .filter((name) => name !== 'none')
      .map((name) =>
        build.connectionRoute('TCPRoute', name, cases[name]?.refs, {
          parentRefs: [{ name: 'eg', sectionName: name }],
        }),
      ),
    ...names.flatMap((name) => {
      const spec = cases[name]?.policy;
      return spec === undefined ? [] : [build.policy(name, [build.target('TCPRoute', name)], spec)];
    }),
  ];
  const { stdout, stderr } = await cli(
    ['translate', '-f', '-', '--keep-going', '--format', 'json'],
    build.render(manifests),
  );
  assert.match(stderr, /Service default\/gone not found/);
  envoy = await Envoy.start(JSON.parse(stdout));
});
after(async () => {
  await envoy?.stop();
  for (const host of hosts) await host.stop();
});

const port = (name: string): number => envoy.port(`default/eg/${name}`);
async function counts(name: string, asked: number): Promise<Record<string, number>> {
  const got: Record<string, number> = {};
  for (let i = 0; i < asked; i++) {
    const host = await askTcp(port(name));
    got[host] = (got[host] ?? 0) + 1;
  }
  return got;
}

test('bytes come back as they were sent, in both directions, and a half-closed connection ends well', async () => {
  const client = new TcpClient(port('turn'));
  await client.backend();
  const sent = 'x'.repeat(200_000);
  client.socket.end(sent);
  const got = await client.until((text) => text.length >= sent.length + '127.0.0.11\n'.length);
  assert.equal(got.slice(got.indexOf('\n') + 1), sent);
});

test('RoundRobin takes each host in turn', async () => {
  const got = await counts('turn', 40);
  assert.deepEqual(Object.values(got), [10, 10, 10, 10]);
});

test('Random and LeastRequest reach every host', async () => {
  for (const name of ['random', 'least', 'header']) {
    const got = await counts(name, 100);
    assert.deepEqual(Object.keys(got).sort(), hosts.map(({ address }) => address).sort(), name);
  }
});

test('ConsistentHash by SourceIP: each address has a host of its own, and not all the same', async () => {
  const homes = new Map<string, string>();
  for (let i = 1; i <= 24; i++) {
    const from = `127.0.1.${i}`;
    const first = await askTcp(port('source'), from);
    for (const _ of [1, 2]) assert.equal(await askTcp(port('source'), from), first, from);
    homes.set(from, first);
  }
  assert.equal(new Set(homes.values()).size, 4, JSON.stringify([...homes]));
  for (const [from, host] of [...homes].slice(0, 6)) assert.equal(await explained(from), host, from);
});

/** The host that `explain` says a client of this address gets. */
async function explained(from: string): Promise<string> {
  const url = `tcp://any:${9000 + names.indexOf('source')}`;
  const asked = ['--url', url, '--source-ip', from, '--format', 'json', '--wasm', wasmPath()];
  const { stdout } = await cli(['explain', '-f', '-', ...asked], build.render(manifests.filter(isGood)));
  const [pool] = (JSON.parse(stdout) as Explanation).pools;
  assert.ok(pool?.choice.kind === 'key');
  return pool.choice.pick?.host.split(':')[0] ?? '';
}
/** Without those that are refused: nothing is explained beside them. */
const isGood = ({ metadata }: build.Manifest): boolean => !['missing', 'refused'].includes(metadata.name);

test('weights of backends count', async () => {
  const got = await counts('weights', 200);
  const share = got['127.0.0.12'] ?? 0;
  assert.equal((got['127.0.0.11'] ?? 0) + share, 200);
  assert.ok(share >= 5 && share <= 45, JSON.stringify(got));
});

test('the share of a backend that is not there is closed, the rest is served', async () => {
  const got = await counts('missing', 100);
  const [served = 0, closed = 0] = [got['127.0.0.11'], got['']];
  assert.equal(served + closed, 100);
  assert.ok(closed > 25 && closed < 75, JSON.stringify(got));
});

test('no endpoints, a policy that cannot be obeyed, no route: the connection is closed', async () => {
  for (const name of ['nothing', 'refused', 'none']) assert.deepEqual(await counts(name, 3), { '': 3 }, name);
});
