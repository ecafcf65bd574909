/** UDPRoutes on a real Envoy: datagrams are passed on, a client's to one host, balanced by their policy. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as build from '../../../demo/fakes/manifests.ts';
import { Envoy } from '../../support/envoy.ts';
import { cli } from '../../support/translate.ts';
import { askUdp, startUdpBackends, type UdpBackend } from '../../support/udp-backend.ts';

let hosts: UdpBackend[] = [];
let envoy: Envoy;

const cases: Readonly<
  Record<string, { readonly refs?: build.Manifest[]; readonly policy?: build.Manifest }>
> = {
  turn: { policy: build.lb('RoundRobin') },
  random: { policy: build.lb('Random') },
  least: { policy: build.lb('LeastRequest') },
  source: { policy: build.lb('ConsistentHash', { consistentHash: { type: 'SourceIP' } }) },
  service: { refs: [build.ref('dns')] },
  weights: { refs: [build.backendRef('one', { weight: 9 }), build.backendRef('two', { weight: 1 })] },
  missing: { refs: [build.backendRef('one'), build.backendRef('gone')] },
  refused: { policy: { ...build.lb('Random'), rateLimit: { type: 'Local' } } },
  none: {},
};
const names = Object.keys(cases);
const backend = (name: string, some: readonly UdpBackend[]): build.Manifest =>
  build.backend(name, { endpoints: some.map(({ address, port }) => ({ ip: { address, port } })) });

before(async () => {
  hosts = await startUdpBackends(['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14']);
  const ports = [{ name: 'dns', protocol: 'UDP', port: hosts[0]!.port }];
  const manifests = [
    build.gatewayClass,
    build.gateway(
      'eg',
      names.map((name, i) => build.listener(name, 9100 + i, { protocol: 'UDP' })),
    ),
    build.service('dns', { name: 'dns', protocol: 'UDP' }),
    { ...build.slice('dns-1', 'dns', [hosts[0]!.address]), ports },
    backend('all', hosts),
    backend('one', hosts.slice(0, 1)),
    backend('two', hosts.slice(1, 2)),
    ...names
      .filter((name) => name !== 'none')
      .map((name) =>
        build.connectionRoute('UDPRoute', name, cases[name]?.refs ?? [build.backendRef('all')], {
          parentRefs: [{ name: 'eg', sectionName: name }],
        }),
      ),
    ...names.flatMap((name) => {
      const spec = cases[name]?.policy;
      return spec === undefined ? [] : [build.policy(name, [build.target('UDPRoute', name)], spec)];
    }),
  ];
  const { stdout, stderr } = await cli(
    ['translate', '-f', '-', '--keep-going', '--format', 'json'],
    build.render(manifests),
  );
  assert.match(stderr, /Backend default\/gone not found/);
  envoy = await Envoy.start(JSON.parse(stdout));
});
after(async () => {
  await envoy?.stop();
  for (const host of hosts) await host.stop();
});

const port = (name: string): number => envoy.port(`default/eg/${name}`);
async function counts(name: string, asked: number, waitMs?: number): Promise<Record<string, number>> {
  const got: Record<string, number> = {};
  for (let i = 0; i < asked; i++) {
    const [host = ''] = await askUdp(port(name), waitMs === undefined ? {} : { waitMs });
    got[host] = (got[host] ?? 0) + 1;
  }
  return got;
}

test('all datagrams of a client go to one host', async () => {
  const answers = await askUdp(port('turn'), { times: 20 });
  assert.equal(new Set(answers).size, 1);
  assert.notEqual(answers[0], '');
});

test('RoundRobin, Random and LeastRequest reach every host', async () => {
  for (const name of ['turn', 'random', 'least']) {
    const got = await counts(name, 100);
    assert.deepEqual(Object.keys(got).sort(), hosts.map(({ address }) => address).sort(), name);
  }
});

test('ConsistentHash by SourceIP: each address has a host of its own, and not all the same', async () => {
  const homes = new Map<string, string>();
  for (let i = 1; i <= 24; i++) {
    const from = `127.0.1.${i}`;
    const [first = ''] = await askUdp(port('source'), { from });
    for (const _ of [1, 2]) assert.deepEqual(await askUdp(port('source'), { from }), [first], from);
    homes.set(from, first);
  }
  assert.equal(new Set(homes.values()).size, 4, JSON.stringify([...homes]));
});

test('a Service with a port of UDP', async () => {
  assert.deepEqual(await counts('service', 3), { '127.0.0.11': 3 });
});

test('weights of backends count; the share of one that is missing goes to the others', async () => {
  const got = await counts('weights', 200);
  const share = got['127.0.0.12'] ?? 0;
  assert.equal((got['127.0.0.11'] ?? 0) + share, 200);
  assert.ok(share >= 5 && share <= 45, JSON.stringify(got));
  assert.deepEqual(await counts('missing', 10), { '127.0.0.11': 10 });
});

test('a policy that cannot be obeyed, no route: datagrams are dropped', async () => {
  for (const name of ['refused', 'none']) assert.deepEqual(await counts(name, 2, 300), { '': 2 }, name);
});
