/**
 * Load reports on a real Envoy: every documented form shifts the weights with the filter and (being what
 * Envoy cannot use) none without; in headers, in trailers of HTTP/1.1 and HTTP/2 and in gRPC’s. Each form has
 * a route and so a cluster of its own: weights last.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, type Fields, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, type Response } from '../../demo/fakes/http1.ts';
import { grpcReply, Http2Client } from '../../demo/fakes/http2.ts';
import { type Engines, inParallel, startEngines } from '../support/engines.ts';
import type { Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { gateway, grpcRoute, httpRoute, type Manifest, policy, service } from '../support/manifests.ts';
import * as orca from '../support/orca.ts';
import { sendMany, shareOf } from '../support/send.ts';

/** Envoy's defaults (10 s, 1 s) would make each case last a quarter of a minute. */
const quick: Manifest = {
  loadBalancer: {
    type: 'BackendUtilization',
    backendUtilization: { blackoutPeriod: '100ms', weightUpdatePeriod: '100ms' },
  },
};

const forms = {
  json: orca.json,
  text: orca.text,
  binary: orca.binary,
  vllm: orca.vllm,
  documented: orca.documentedBinary,
  complete: orca.complete,
} as const;
type Form = keyof typeof forms;

const addresses = ['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14'];
let http1Backends: Backend[] = [];
let http2Backends: Backend[] = [];
let engines: Engines;

/** The third of four backends is the busy one. */
const loadOf = (backend: Backend): number => (backend.name === 'b3' ? 0.9 : 0.3);

before(async () => {
  http1Backends = await startBackends(addresses);
  http2Backends = await startBackends(addresses, { protocol: 'h2c' });
  for (const backend of http1Backends) {
    backend.reply = ({ path }) =>
      path === '/trailers1'
        ? { trailers: orca.text(loadOf(backend)) }
        : { headers: forms[path.slice(1) as Form]?.(loadOf(backend)) };
  }
  for (const backend of http2Backends) {
    backend.reply = ({ path }) => {
      const [, place, form] = path.split('/');
      const fields: Fields = forms[(form ?? 'text') as Form]?.(loadOf(backend)) ?? orca.text(loadOf(backend));
      if (place === 'trailers') return { trailers: fields };
      return grpcReply(orca.binary(loadOf(backend)));
    };
  }
  engines = await startEngines([
    ...gateway(),
    ...service('backend', http1Backends),
    ...service('h2', http2Backends, { appProtocol: 'kubernetes.io/h2c' }),
    ...Object.keys(forms).flatMap((name) => [httpRoute({ name }), policy(name, quick)]),
    httpRoute({ name: 'trailers1' }),
    policy('trailers1', quick),
    httpRoute({ name: 'trailers', backends: { h2: 1 } }),
    policy('trailers', quick),
    grpcRoute('grpc', 'test.Greeter', 'h2'),
    policy('grpc', quick, 'GRPCRoute'),
  ]);
});
after(async () => {
  await engines?.stop();
  await stopAll([...http1Backends, ...http2Backends]);
});

type Send = (envoy: Envoy, count: number) => Promise<readonly Response[]>;
const overHttp1 =
  (path: string): Send =>
  (envoy, count) =>
    sendMany(envoy, { path }, count);
const overHttp2 =
  (call: (client: Http2Client) => Promise<Response>): Send =>
  async (envoy, count) => {
    const client = await Http2Client.connect(envoy.port());
    try {
      return await inParallel(new Array(count).fill(0), 8, () => call(client));
    } finally {
      await client.stop();
    }
  };

const sampled = 240;
/**
 * A quarter of 240 is 60 with a standard deviation below 7 (0 for turns by weight); below 0.16, 38, is more
 * than three of them away and would have to be met by chance in every one of the polls that a passing test
 * does not need.
 */
async function untilShifted(send: Send, envoy: Envoy): Promise<number> {
  return eventually(
    'the busy backend gets clearly less than a quarter',
    async () => {
      const share = shareOf(await send(envoy, sampled), 'b3');
      assert.ok(share < 0.16, `its share is ${share.toFixed(3)}`);
      return share;
    },
    60_000,
  );
}
async function assertEven(send: Send, envoy: Envoy): Promise<number> {
  // As long as the filter had, and then some.
  for (let i = 0; i < 6; i++) await send(envoy, sampled);
  const share = shareOf(await send(envoy, sampled), 'b3');
  assert.ok(share > 0.2 && share < 0.3, `share ${share.toFixed(3)}`);
  return share;
}

const cases: Record<string, { readonly send: Send; readonly native: 'even' | 'shifted' }> = {
  'JSON as documented': { send: overHttp1('/json'), native: 'even' },
  'TEXT as documented': { send: overHttp1('/text'), native: 'even' },
  'binary with the same metrics': { send: overHttp1('/binary'), native: 'even' },
  'TEXT as vLLM sends it': { send: overHttp1('/vllm'), native: 'even' },
  'binary with a rate (Envoy takes it by itself)': { send: overHttp1('/complete'), native: 'shifted' },
  'TEXT in HTTP/1.1 trailers (which Envoy drops by itself)': {
    send: overHttp1('/trailers1'),
    native: 'even',
  },
  'TEXT in HTTP/2 trailers': {
    send: overHttp2((c) => c.request({ path: '/trailers/text' })),
    native: 'even',
  },
  'binary in gRPC trailers': { send: overHttp2((c) => c.grpc('/test.Greeter/Hello')), native: 'even' },
};

for (const [name, { send, native }] of Object.entries(cases)) {
  test(`${name}: shifts the weights with the filter, ${native} without`, async (t) => {
    const shifted = await untilShifted(send, engines.filter);
    const alone =
      native === 'even' ? await assertEven(send, engines.native) : await untilShifted(send, engines.native);
    t.diagnostic(`share of the busy backend: filter ${shifted.toFixed(3)}, native ${alone.toFixed(3)}`);
  });
}

test('the documented binary example: refused, counted by reason, and the balance stays even', async (t) => {
  const before = await engines.filter.admin.filterStats();
  const share = await assertEven(overHttp1('/documented'), engines.filter);
  const after = await engines.filter.admin.filterStats();
  const rose = (name: string): number => (after[name] ?? 0) - (before[name] ?? 0);
  t.diagnostic(`share ${share.toFixed(3)}, refused ${rose('loadstar_reports_binary_refused_total')}`);
  assert.equal(rose('loadstar_reports_binary_refused_total'), 7 * sampled);
  const reasons = Object.keys(after).filter(
    (name) => name.startsWith('loadstar_reports_refused_') && rose(name) > 0,
  );
  assert.equal(reasons.length, 1, reasons.join(', '));
});

test('the filter’s counters tell forms, results and trailers apart', async () => {
  const stats = await engines.filter.admin.filterStats();
  for (const name of [
    'loadstar_reports_json_repaired_total',
    'loadstar_reports_text_repaired_total',
    'loadstar_reports_binary_repaired_total',
    'loadstar_reports_binary_accepted_total',
    'loadstar_reports_trailer_total',
    'loadstar_reports_stripped_total',
  ]) {
    assert.ok((stats[name] ?? 0) > 0, `${name} is ${stats[name]}`);
  }
});

test('Envoy logs no error about a report that has passed the filter; without it, it does', () => {
  const complaints = (envoy: Envoy): string[] =>
    envoy.log.split('\n').filter((line) => /QPS must be positive|unsupported metric name|orca/i.test(line));
  assert.deepEqual(complaints(engines.filter), []);
  assert.ok(complaints(engines.native).length > 0, 'the reference complains');
});

test('with the filter the client sees no report, in headers or trailers', async () => {
  const client = await Http2Client.connect(engines.filter.port());
  try {
    const responses = [
      ...(await inParallel(Object.keys(forms), 4, (form) => client.request({ path: `/${form}` }))),
      await client.request({ path: '/trailers1' }),
      await client.request({ path: '/trailers/text' }),
      await client.grpc('/test.Greeter/Hello'),
    ];
    for (const response of responses) {
      backendOf(response);
      const names = [...Object.keys(response.headers), ...Object.keys(response.trailers)];
      assert.deepEqual(
        names.filter((name) => name.startsWith('endpoint-load-metrics')),
        [],
      );
    }
    assert.deepEqual(responses.at(-1)?.trailers['grpc-status'], ['0'], 'other trailers stay');
  } finally {
    await client.stop();
  }
});
