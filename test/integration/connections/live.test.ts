/**
 * Connections under `loadstar run`: which stay, and which drain, while routes, backends and policies change.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as build from '../../../demo/fakes/manifests.ts';
import { eventually } from '../../support/eventually.ts';
import { LiveRun } from '../../support/live-run.ts';
import { type Manifest, service } from '../../support/manifests.ts';
import { askTcp, startTcpBackends, type TcpBackend, TcpClient } from '../../support/tcp-backend.ts';

const PORTS = { db: 28_161, more: 28_162 };
let hosts: TcpBackend[] = [];
let run: LiveRun;

interface World {
  readonly of?: readonly TcpBackend[];
  readonly backends?: readonly (readonly [name: string, weight: number])[];
  readonly policy?: Manifest;
  readonly more?: boolean;
}
function manifests({
  of = hosts.slice(0, 1),
  backends = [['backend', 1]],
  policy,
  more,
}: World = {}): Manifest[] {
  const tcp = (name: keyof typeof PORTS) => build.listener(name, PORTS[name], { protocol: 'TCP' });
  const route = (name: string, refs: Manifest[]): Manifest =>
    build.connectionRoute('TCPRoute', name, refs as build.Manifest[], {
      parentRefs: [{ name: 'eg', sectionName: name }],
    });
  return [
    build.gatewayClass,
    build.gateway('eg', [tcp('db'), ...(more === true ? [tcp('more')] : [])]),
    ...service('backend', of),
    ...service('other', hosts.slice(3)),
    route(
      'db',
      backends.map(([name, weight]) => build.ref(name, { weight })),
    ),
    ...(more === true ? [route('more', [build.ref('other')])] : []),
    ...(policy === undefined ? [] : [build.policy('db', [build.target('TCPRoute', 'db')], policy)]),
  ];
}

before(async () => {
  hosts = await startTcpBackends(['127.0.0.31', '127.0.0.32', '127.0.0.33', '127.0.0.34']);
  run = await LiveRun.start(manifests(), ['--drain-time', '2']);
});
after(async () => {
  await run?.stop();
  for (const host of hosts) await host.stop();
});

let asked = 0;
/** The connection is open: what is sent comes back. */
async function isOpen(client: TcpClient): Promise<boolean> {
  const word = `<${++asked}>`;
  client.socket.write(word);
  return (await client.until((got) => got.endsWith(word))).endsWith(word);
}
async function connected(): Promise<TcpClient> {
  const client = new TcpClient(PORTS.db);
  assert.notEqual(await client.backend(), '');
  return client;
}
const reaches = (wanted: readonly string[]): Promise<void> =>
  eventually('new connections are there', async () => {
    const seen = new Set<string>();
    for (let i = 0; i < 30; i++) seen.add(await askTcp(PORTS.db));
    assert.deepEqual([...seen].sort(), [...wanted].sort());
  });

test('the summary names the port, the route, and how it is balanced', () => {
  assert.match(run.out, /listener {2}default\/eg\/db {2}tcp:\/\/localhost:28161/);
  assert.match(run.out, /\* bytes +LeastRequest over 1 host/);
});

test('hosts, weights and backends change: no connection ends, no listener changes', async () => {
  const client = await connected();
  const steps: readonly [World, RegExp, string[]][] = [
    [{ of: hosts.slice(0, 3) }, /pool tcproute\/default\/db: \+127\.0\.0\.32/, ['31', '32', '33']],
    [{ of: hosts.slice(1, 3) }, /-127\.0\.0\.31/, ['32', '33']],
    [{ backends: [['other', 1]] }, /\+127\.0\.0\.34/, ['34']],
    [
      {
        backends: [
          ['backend', 1],
          ['other', 2],
        ],
      },
      /\+127\.0\.0\.31/,
      ['31', '34'],
    ],
    [
      {
        backends: [
          ['backend', 1],
          ['other', 0],
        ],
      },
      /-127\.0\.0\.34/,
      ['31'],
    ],
  ];
  for (const [world, says, wanted] of steps) {
    const line = await run.change(manifests(world));
    assert.match(line, says);
    assert.doesNotMatch(line, /drains: its/);
    await reaches(wanted.map((end) => `127.0.0.${end}`));
    assert.ok(await isOpen(client), line);
  }
  client.socket.destroy();
});

test('a policy that changes the pool alone: connections stay', async () => {
  const client = await connected();
  const line = await run.change(manifests({ of: hosts.slice(0, 3), policy: build.lb('RoundRobin') }));
  assert.match(line, /balancer changed by BackendTrafficPolicy default\/db/);
  assert.doesNotMatch(line, /drains: its/);
  assert.ok(await isOpen(client));
  client.socket.destroy();
});

test('ConsistentHash by SourceIP is a part of the listener: its connections drain, and it says so', async () => {
  const client = await connected();
  const line = await run.change(
    manifests({
      of: hosts.slice(0, 3),
      policy: build.lb('ConsistentHash', { consistentHash: { type: 'SourceIP' } }),
    }),
  );
  assert.match(
    line,
    /listener default\/eg\/db drains: its connections end within 2 s; .*tcproute\/default\/db changed/,
  );
  const home = await askTcp(PORTS.db, '127.0.3.1');
  for (const _ of [1, 2, 3]) assert.equal(await askTcp(PORTS.db, '127.0.3.1'), home);
  await eventually('the connection is cut', () => assert.ok(client.closed), 10_000);
});

test('a listener comes and goes while another serves', async () => {
  const client = await connected();
  const world = { of: hosts.slice(0, 3) };
  await run.change(manifests({ ...world, more: true }));
  assert.equal(await askTcp(PORTS.more), '127.0.0.34');
  const line = await run.change(manifests(world));
  assert.match(
    line,
    /listener default\/eg\/more drains: its connections end within 2 s; listener default\/eg\/more removed/,
  );
  await eventually('it is gone', async () => assert.equal(await askTcp(PORTS.more), ''));
  client.socket.destroy();
});
