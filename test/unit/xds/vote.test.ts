/** Who has how many votes on a change. */
import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { test } from 'node:test';
import { connect as tls } from 'node:tls';
import { create } from '@bufbuild/protobuf';
import { NodeSchema } from '../../../host/proto/core_pb.js';
import { EnvoyGroup } from '../../../host/xds/group.ts';
import { AdsServer } from '../../../host/xds/server.ts';
import { authority, issue } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { refusalOf, world } from './order-world.ts';
import { open } from './peer.ts';
import { request, snapshotOf } from './support.ts';

const NAME = 'xds.example.com';

test('an Envoy has one vote, whatever number of connections say that they are it', async () => {
  const { peer, publish, refusals } = world();
  const many = Array.from({ length: 5 }, () => peer('many'));
  const good = ['a', 'b'].map((label) => peer(label));
  for (const one of many) refusals.push(refusalOf(one));
  const { refusals: against, outvoted } = await publish([...good, ...many]);
  assert.deepEqual(against, []);
  assert.deepEqual(outvoted, Array(5).fill('many'));
});

test('an Envoy with a second connection that takes the change does not refuse it', async () => {
  const { peer, publish, refusals } = world();
  const [first, second] = [peer('e'), peer('e')];
  refusals.push(refusalOf(first));
  const { refusals: against, outvoted } = await publish([first, second]);
  assert.deepEqual([against, outvoted], [[], ['e']]);
});

const refusedBy = async (given: readonly (readonly [certificate: string, ...refusing: boolean[]])[]) => {
  const { peer, publish, refusals } = world();
  const peers = given.flatMap(([certificate, ...refusing]) =>
    refusing.map((refuses, i) => {
      const one = peer(`${certificate}-${i}`, true, certificate);
      if (refuses) refusals.push(refusalOf(one));
      return one;
    }),
  );
  return (await publish(peers)).refusals.length > 0;
};
const no = (count: number) => Array<boolean>(count).fill(true);
const yes = (count: number) => Array<boolean>(count).fill(false);

for (const [what, given, isLost] of [
  [
    'each its own, two of three',
    [
      ['a', ...no(1)],
      ['b', ...no(1)],
      ['c', ...yes(1)],
    ],
    true,
  ],
  [
    'each its own, one of three',
    [
      ['a', ...no(1)],
      ['b', ...yes(1)],
      ['c', ...yes(1)],
    ],
    false,
  ],
  [
    'one says many names, beside two others',
    [
      ['liar', ...no(50)],
      ['b', ...yes(1)],
      ['c', ...yes(1)],
    ],
    false,
  ],
  ['all have the same one, half of them', [['same', ...no(2), ...yes(2)]], true],
  ['all have the same one, fewer', [['same', ...no(1), ...yes(2)]], false],
  [
    'one Envoy has its own, and many share one',
    [
      ['own', ...no(1)],
      ['shared', ...yes(9)],
    ],
    false,
  ],
  [
    'in most certificates fewer than half',
    [
      ['a', ...no(5), ...yes(1)],
      ['b', ...no(1), ...yes(2)],
      ['c', ...no(1), ...yes(2)],
    ],
    false,
  ],
] as const)
  test(`certificates, of Envoys that refuse: ${what}: ${isLost ? 'taken back' : 'outvoted'}`, async () => {
    assert.equal(await refusedBy(given), isLost);
  });

test('another that says the name of an Envoy does not speak for it', async () => {
  const { peer, publish, refusals } = world();
  const edges = ['a', 'b'].map((name) => peer(name, true, name));
  for (const edge of edges) refusals.push(refusalOf(edge));
  const { refusals: against } = await publish([...edges, peer('a', true, 'c')]);
  assert.equal(against.length, 2);
});

test('who refuses and ends its stream has refused', async () => {
  const { peer, publish, refusals } = world();
  const gone = peer('gone');
  refusals.push(refusalOf(gone));
  gone.closed = true;
  assert.equal((await publish([gone, peer('here')])).refusals.length, 1);
});

test('over TLS a client that says many names has one vote, and no other’s', async (t) => {
  const group = new EnvoyGroup(snapshotOf({ cds: { a: 1 } }), { answerMs: 20_000 });
  const ca = authority('Fleet CA');
  const own = issue({ name: NAME, dnsNames: [NAME], issuer: ca });
  const certificates = { cert: own.certificate, key: own.key, clientCa: ca.certificate };
  const server = new AdsServer(() => group, { certificates });
  t.after(() => server.close());
  const { port } = (await server.listen({ address: '127.0.0.1', port: 0 })) as { port: number };
  const opened: ReturnType<typeof open>[] = [];
  /** Each name on a connection of its own. */
  const connected = (...names: string[]) => {
    const { certificate: cert, key } = issue({ name: names[0]!, issuer: ca });
    return names.map((id) => {
      const session = connect(`https://${NAME}`, {
        createConnection: () =>
          tls({
            host: '127.0.0.1',
            port,
            servername: NAME,
            ca: ca.certificate,
            cert,
            key,
            ALPNProtocols: ['h2'],
          }),
      });
      session.on('error', () => {});
      t.after(() => session.destroy());
      const one = open(session);
      one.ask({ ...request('cds'), node: create(NodeSchema, { id }) });
      opened.push(one);
      return one;
    });
  };
  const edges = [...connected('edge-1'), ...connected('edge-2')];
  const liars = connected('liar-1', 'liar-2', 'liar-3', 'edge-2');
  await eventually('all are served', () => {
    for (const { responses } of opened) assert.equal(responses.length, 1, 'not yet');
  });
  for (const { ask, responses } of opened) ask(request('cds', { nonce: responses[0]!.nonce }));
  await eventually('all have it', () => {
    for (const { acknowledged } of group.envoys()) assert.notEqual(acknowledged, '', 'not yet');
  });
  const published = group.publish(snapshotOf({ cds: { a: 2 } }));
  await eventually('all get it', () => {
    for (const { responses } of opened) assert.equal(responses.length, 2, 'not yet');
  });
  for (const { ask, responses } of liars)
    ask(request('cds', { nonce: responses[1]!.nonce, error: 'not with me' }));
  for (const { ask, responses } of edges) ask(request('cds', { nonce: responses[1]!.nonce }));
  assert.deepEqual(await published, { refusals: [], silent: [] });
  assert.equal(group.snapshot.version, snapshotOf({ cds: { a: 2 } }).version);
});
