/**
 * Who gets to see load reports: stripped by default, kept when the policy says so, by either spelling; with
 * both engines.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import type { Response } from '../../demo/fakes/http1.ts';
import { Http2Client } from '../../demo/fakes/http2.ts';
import { type Engines, startEngines } from '../support/engines.ts';
import {
  consistentHash,
  gateway,
  httpRoute,
  type Manifest,
  policy,
  render,
  service,
} from '../support/manifests.ts';
import * as orca from '../support/orca.ts';
import { cli } from '../support/translate.ts';

const utilization = (backendUtilization: Manifest): Manifest => ({
  loadBalancer: { type: 'BackendUtilization', backendUtilization },
});
/** Whether the client sees the report, by policy. */
const policies: Record<string, { readonly says: Manifest; readonly seen: boolean }> = {
  'by-default': { says: {}, seen: false },
  'remove-true': { says: { removeResponseHeaders: true }, seen: false },
  'remove-false': { says: { removeResponseHeaders: false }, seen: true },
  'keep-true': { says: { keepResponseHeaders: true }, seen: true },
  'keep-false': { says: { keepResponseHeaders: false }, seen: false },
  agreeing: { says: { keepResponseHeaders: true, removeResponseHeaders: false }, seen: true },
};

let backends: Backend[] = [];
let engines: Engines;

before(async () => {
  backends = await startBackends(['127.0.0.11'], { protocol: 'h2c' });
  backends[0]!.reply = () => ({
    headers: [...orca.complete(0.5), ['x-other', 'stays'], ['trailer', 'endpoint-load-metrics-bin, x-after']],
    trailers: [...orca.complete(0.5), ['x-after', 'stays']],
  });
  engines = await startEngines([
    ...gateway(),
    ...service('backend', backends, { appProtocol: 'kubernetes.io/h2c' }),
    ...Object.entries(policies).flatMap(([name, { says }]) => [
      httpRoute({ name }),
      policy(name, utilization(says)),
    ]),
    httpRoute({ name: 'hash' }),
    policy('hash', consistentHash({ type: 'Header', header: { name: 'x-key' } })),
    httpRoute({ name: 'other' }),
    policy('other', { loadBalancer: { type: 'RoundRobin' } }),
    // As the documents' alternative: no policy on the headers, a filter on the route.
    httpRoute({
      name: 'by-filter',
      filters: [
        {
          type: 'ResponseHeaderModifier',
          responseHeaderModifier: { remove: ['endpoint-load-metrics', 'endpoint-load-metrics-bin'] },
        },
      ],
    }),
    policy('by-filter', utilization({ keepResponseHeaders: true })),
  ]);
});
after(async () => {
  await engines?.stop();
  await stopAll(backends);
});

const reportsIn = (fields: Response['headers']): string[] =>
  Object.keys(fields).filter((name) => name.startsWith('endpoint-load-metrics'));

for (const engine of ['filter', 'native'] as const) {
  const ask = async (path: string): Promise<Response> => {
    const client = await Http2Client.connect(engines[engine].port());
    try {
      const response = await client.request({ path });
      assert.equal(response.status, 200);
      assert.deepEqual(response.headers['x-other'], ['stays']);
      assert.deepEqual(response.trailers['x-after'], ['stays']);
      return response;
    } finally {
      await client.stop();
    }
  };

  for (const [name, { seen }] of Object.entries(policies)) {
    test(`${engine}, ${name}: ${seen ? 'seen' : 'stripped'} in headers and trailers`, async () => {
      const response = await ask(`/${name}`);
      assert.equal(reportsIn(response.headers).length > 0, seen, 'headers');
      assert.equal(reportsIn(response.trailers).length > 0, seen, 'trailers');
      assert.equal('trailer' in response.headers, seen, 'the line that announces the trailers');
    });
  }

  const picks = engine === 'filter';
  test(`${engine}, ConsistentHash: ${picks ? 'stripped, since the filter is on' : 'seen'}`, async () => {
    const response = await ask('/hash');
    assert.equal(reportsIn(response.headers).length > 0, !picks, 'headers');
    assert.equal(reportsIn(response.trailers).length > 0, !picks, 'trailers');
    assert.equal('trailer' in response.headers, !picks, 'the line that announces the trailers');
  });

  test(`${engine}: another policy leaves the response as it is`, async () => {
    const response = await ask('/other');
    assert.deepEqual(reportsIn(response.headers), ['endpoint-load-metrics-bin']);
    assert.deepEqual(reportsIn(response.trailers), ['endpoint-load-metrics-bin']);
    assert.deepEqual(response.headers.trailer, ['endpoint-load-metrics-bin, x-after']);
  });

  test(`${engine}: the documents’ ResponseHeaderModifier takes them out of the headers`, async () => {
    assert.deepEqual(reportsIn((await ask('/by-filter')).headers), []);
  });
}

test('a policy that says both is refused by name', async () => {
  const { code, stderr } = await cli(
    ['translate', '-f', '-'],
    render([
      ...gateway(),
      ...service('backend', backends),
      httpRoute({ name: 'r' }),
      policy('r', utilization({ keepResponseHeaders: true, removeResponseHeaders: true })),
    ]),
  );
  assert.equal(code, 1);
  assert.match(stderr, /removeResponseHeaders/);
  assert.match(stderr, /keepResponseHeaders/);
});
