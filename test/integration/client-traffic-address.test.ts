/**
 * Whose address the client's is (ClientTrafficPolicy, clientIPDetection), and where SourceIP hashing sends
 * it: Envoy's own balancer, our filter and `explain` agree, request by request.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, http1 } from '../../demo/fakes/http1.ts';
import * as build from '../../demo/fakes/manifests.ts';
import type { Explanation } from '../../host/explain/explanation.ts';
import { type Engines, nameOf, startEngines } from '../support/engines.ts';
import {
  clientPolicy,
  consistentHash,
  httpRoute,
  type Manifest,
  policy,
  service,
} from '../support/manifests.ts';
import { wasmPath } from '../support/translate.ts';
import { run } from '../unit/cli/run-cli.ts';

/** Listener → its settings. */
const detections: Record<string, Manifest> = {
  hops1: { xForwardedFor: { numTrustedHops: 1 } },
  hops2: { xForwardedFor: { numTrustedHops: 2, disableXForwardedForAppend: true } },
  cidrs: { xForwardedFor: { trustedCIDRs: ['127.0.0.0/8', '10.0.0.0/8', 'fd00::/8'] } },
  others: { xForwardedFor: { trustedCIDRs: ['10.0.0.0/8'] } },
  header: { customHeader: { name: 'X-Real-IP' } },
  closed: { customHeader: { name: 'X-Real-IP', failClosed: true } },
  direct: { directSourceIP: {} },
};
const PEER = '127.0.0.9';
const forwarded = (value: string): [string, string][] => [['X-Forwarded-For', value]];
const real = (value: string): [string, string][] => [['x-real-ip', value]];
/** Listener, headers, the client's address; 403: the listener fails closed. */
const cases: readonly (readonly [string, [string, string][], string | 403])[] = [
  ['hops1', [], PEER],
  ['hops1', forwarded('1.1.1.1'), '1.1.1.1'],
  ['hops1', forwarded('1.1.1.1, 2.2.2.2'), '2.2.2.2'],
  ['hops1', forwarded('1.1.1.1, junk'), PEER],
  ['hops1', forwarded('2001:DB8:0::1'), '2001:db8::1'],
  ['hops1', forwarded('1.1.1.1:80'), PEER],
  ['hops1', [...forwarded('1.1.1.1'), ...forwarded('2.2.2.2')], '2.2.2.2'],
  ['hops2', forwarded('3.3.3.3,1.1.1.1, 2.2.2.2'), '1.1.1.1'],
  ['hops2', forwarded('1.1.1.1'), PEER],
  ['cidrs', [], PEER],
  ['cidrs', forwarded('3.3.3.3,1.1.1.1, 10.2.2.2, 10.1.1.1'), '1.1.1.1'],
  ['cidrs', forwarded('10.9.9.9, 10.1.1.1'), '10.9.9.9'],
  ['cidrs', forwarded('4.4.4.4, junk, 10.1.1.1'), PEER],
  ['cidrs', forwarded('2001:db8::1, fd00::2'), '2001:db8::1'],
  ['others', forwarded('1.1.1.1, 10.2.2.2'), PEER],
  ['header', [], PEER],
  ['header', real('1.1.1.1'), '1.1.1.1'],
  ['header', real('junk'), PEER],
  ['header', [...real('1.1.1.1'), ...forwarded('5.5.5.5')], '1.1.1.1'],
  ['closed', real('1.1.1.1'), '1.1.1.1'],
  ['closed', [], 403],
  ['closed', real('junk'), 403],
  ['direct', forwarded('1.1.1.1'), PEER],
];

let backends: Backend[] = [];
let engines: Engines;
let manifests: Manifest[] = [];

before(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14', '127.0.0.15']);
  const seen = { name: 'x-client', value: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%' };
  manifests = [
    build.gatewayClass,
    build.gateway(
      'eg',
      Object.keys(detections).map((name, i) => build.listener(name, 8080 + i)),
    ),
    ...service('backend', backends),
    httpRoute({
      name: 'source',
      path: '/',
      filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [seen] } }],
    }),
    policy('source', consistentHash({ type: 'SourceIP' })),
    ...Object.entries(detections).map(([name, clientIPDetection]) =>
      clientPolicy({ clientIPDetection }, name, name),
    ),
  ];
  engines = await startEngines(manifests);
});
after(async () => {
  await engines?.stop();
  await stopAll(backends);
});

for (const [name, headers, client] of cases)
  test(`${name}: ${headers.map(([, value]) => value).join(' and ') || 'no header'} → ${client}`, async () => {
    const before = await engines.filter.admin.filterStats();
    const explained = await run(
      [
        ...['explain', '--wasm', wasmPath(), '-f', '-', '--format', 'json', '--host', 'www.example.com'],
        ...['--path', '/', '--listener', name, '--source-ip', PEER],
        ...headers.flatMap(([key, value]) => ['-H', `${key}: ${value}`]),
      ],
      build.render(manifests),
    );
    const { answer, request, pools } = JSON.parse(explained.stdout) as Explanation;
    const answers = await Promise.all(
      [engines.native, engines.filter].map((envoy) =>
        http1({ port: envoy.port(`default/eg/${name}`), headers, localAddress: PEER }),
      ),
    );
    if (client === 403) {
      assert.deepEqual([answer?.status, ...answers.map(({ status }) => status)], [403, 403, 403]);
      return;
    }
    assert.deepEqual(
      answers.map((one) => one.headers['x-client']),
      [[client], [client]],
    );
    assert.equal(request?.client ?? request?.sourceIp, client);
    const choice = pools[0]?.choice;
    assert.ok(choice?.kind === 'key' && choice.by === 'filter');
    const host = nameOf(backends, choice.pick!.host);
    assert.deepEqual(answers.map(backendOf), [host, host]);
    const picks = (await engines.filter.admin.filterStats()).loadstar_picks_total;
    assert.equal(picks! - (before.loadstar_picks_total ?? 0), 1);
  });

test('what goes on to the backend: the address is appended, unless that is switched off', async () => {
  const seen = async (listener: string, headers: [string, string][]) => {
    for (const backend of backends) backend.seen.length = 0;
    await http1({ port: engines.filter.port(`default/eg/${listener}`), headers, localAddress: PEER });
    return backends.flatMap((backend) => backend.seen)[0]?.headers['x-forwarded-for'];
  };
  assert.equal(await seen('hops1', forwarded('1.1.1.1')), `1.1.1.1,${PEER}`);
  assert.equal(await seen('hops2', forwarded('1.1.1.1, 2.2.2.2')), '1.1.1.1, 2.2.2.2');
  assert.equal(await seen('header', real('1.1.1.1')), undefined);
});
