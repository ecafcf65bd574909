/**
 * What a policy does with requests and answers on their way, on a real Envoy with both engines: faults,
 * compression, whole requests, bandwidth. An answer of Envoy's own carries nothing of ours.
 */
import assert from 'node:assert/strict';
import { request as send } from 'node:http';
import { after, before, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { http1, type Request, type Response } from '../../demo/fakes/http1.ts';
import { type Engines, startEngines } from '../support/engines.ts';
import {
  consistentHash,
  gateway,
  grpcRoute,
  httpRoute,
  type Manifest,
  policy,
  service,
} from '../support/manifests.ts';
import * as orca from '../support/orca.ts';

const LONG = 'to be compressed '.repeat(100);
const byUser = consistentHash({ type: 'Header', header: { name: 'x-user' } });
const byLoad = { loadBalancer: { type: 'BackendUtilization', backendUtilization: {} } };
const policies: Record<string, Manifest> = {
  abort: { faultInjection: { abort: { httpStatus: 503 } } },
  half: { faultInjection: { abort: { httpStatus: 418, percentage: 50 } } },
  never: { faultInjection: { abort: { httpStatus: 418, percentage: 0 } } },
  rare: { faultInjection: { abort: { httpStatus: 418, percentage: 0.0001 } } },
  slow: { faultInjection: { delay: { fixedDelay: '300ms' } } },
  'abort-keyed': { ...byUser, faultInjection: { abort: { httpStatus: 503 } } },
  'abort-reported': { ...byLoad, faultInjection: { abort: { httpStatus: 503 } } },
  small: { requestBuffer: { limit: '1Ki' } },
  large: { requestBuffer: { limit: '1Mi' } },
  gzip: { compressor: [{ type: 'Gzip', gzip: {} }] },
  'gzip-large': { compressor: [{ type: 'Gzip', gzip: {}, minContentLength: '10Ki' }] },
  several: {
    compressor: [
      { type: 'Brotli', brotli: {} },
      { type: 'Gzip', gzip: {} },
    ],
  },
  older: { ...byLoad, compression: [{ type: 'Gzip' }] },
  'gzip-keyed': { ...byUser, compressor: [{ type: 'Gzip', gzip: {} }] },
  down: { bandwidthLimit: { response: { limit: { value: '8Ki', unit: 'Second' }, responseTrailers: {} } } },
  up: { bandwidthLimit: { request: { limit: { value: '8Ki', unit: 'Second' } } } },
};

let backends: Backend[] = [];
let engines: Engines;

before(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12']);
  for (const backend of backends)
    backend.reply = ({ path }) => ({
      body: LONG.repeat(path.startsWith('/down') ? 10 : 1),
      headers: [['content-type', 'text/plain'], ...orca.complete(0.5)],
    });
  engines = await startEngines([
    ...gateway(),
    ...service('backend', backends),
    ...Object.entries(policies).flatMap(([name, spec]) => [httpRoute({ name }), policy(name, spec)]),
    grpcRoute('calls', 'shop.Cart'),
    policy('calls', { faultInjection: { abort: { grpcStatus: 14 } } }, 'GRPCRoute'),
    httpRoute({ name: 'free' }),
  ]);
});
after(async () => {
  await engines?.stop();
  await stopAll(backends);
});

/** Headers that must reach no client. */
const ours = ({ headers }: Response): string[] =>
  Object.keys(headers).filter((name) => /loadstar|endpoint-load|set-cookie/.test(name));

for (const engine of ['filter', 'native'] as const) {
  const ask = (path: string, more: Omit<Request, 'port' | 'path'> = {}) =>
    http1({ ...more, path, port: engines[engine].port() });

  for (const name of ['abort', 'abort-keyed', 'abort-reported'])
    test(`${engine}, ${name}: every request is answered, and with nothing of ours`, async () => {
      for (const backend of backends) backend.seen.length = 0;
      const answer = await ask(`/${name}`, { headers: [['x-user', 'a']] });
      assert.equal(answer.status, 503);
      assert.equal(answer.body, 'fault filter abort');
      assert.deepEqual(ours(answer), []);
      assert.equal(backends.flatMap(({ seen }) => seen).length, 0, 'no backend is asked');
    });

  test(`${engine}: a share of the requests is aborted, by hundreds and by millions`, async () => {
    const count = async (path: string, requests: number) => {
      let aborted = 0;
      for (let i = 0; i < requests; i++) if ((await ask(path)).status === 418) aborted++;
      return aborted;
    };
    // Of 100 fair draws fewer than 20 or more than 80 come up once in a billion runs.
    const half = await count('/half', 100);
    assert.ok(half > 20 && half < 80, String(half));
    assert.equal(await count('/never', 20), 0);
    // One in a million each.
    assert.ok((await count('/rare', 20)) < 2);
  });

  /** Sum of Envoy's counters whose name ends so. */
  const counted = async (end: string): Promise<number> => {
    const text = await engines[engine].admin.text(`/stats?filter=${end}$`);
    return text
      .trim()
      .split('\n')
      .reduce((sum, line) => sum + Number(line.split(': ')[1] ?? 0), 0);
  };

  test(`${engine}: a fault delays a request`, async () => {
    const before = await counted('fault.delays_injected');
    assert.equal((await ask('/slow')).status, 200);
    assert.equal((await counted('fault.delays_injected')) - before, 1);
  });

  test(`${engine}: a call of gRPC is aborted with its status`, async () => {
    const headers: [string, string][] = [
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
    ];
    const answer = await ask('/shop.Cart/Get', { method: 'POST', headers });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.headers['grpc-status'], ['14']);
  });

  test(`${engine}: a request is held until it is whole, and too long a one is refused`, async () => {
    const post = async (path: string, bytes: number) =>
      (await ask(path, { method: 'POST', body: 'x'.repeat(bytes) })).status;
    assert.equal(await post('/small', 1024), 200);
    assert.equal(await post('/small', 1025), 413);
    assert.equal(await post('/large', 500_000), 200);
    assert.equal(await post('/large', 1_048_577), 413);
    assert.equal(await post('/free', 500_000), 200);
  });

  test(`${engine}: what is held upgrades to nothing`, async () => {
    const headers: [string, string][] = [
      ['connection', 'upgrade'],
      ['upgrade', 'websocket'],
    ];
    assert.equal((await ask('/small', { headers })).status, 403);
  });

  const coded = (path: string, accept: string): Promise<{ coding?: string; body: Buffer; names: string[] }> =>
    new Promise((done, fail) => {
      const headers = { host: 'www.example.com', 'accept-encoding': accept, 'x-user': 'a' };
      send({ host: '127.0.0.1', port: engines[engine].port(), path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          done({
            coding: response.headers['content-encoding'],
            body: Buffer.concat(chunks),
            names: Object.keys(response.headers),
          }),
        );
      })
        .on('error', fail)
        .end();
    });

  const rows: readonly (readonly [path: string, accept: string, coding: string | undefined])[] = [
    ['/gzip', 'gzip', 'gzip'],
    ['/gzip', 'br', undefined],
    ['/gzip', 'gzip;q=0', undefined],
    ['/gzip-large', 'gzip', undefined],
    ['/several', 'gzip, br', 'br'],
    ['/several', 'gzip', 'gzip'],
    ['/several', 'gzip, br;q=0.5', 'gzip'],
    ['/older', 'gzip', 'gzip'],
    ['/gzip-keyed', 'gzip', 'gzip'],
    ['/free', 'gzip', undefined],
  ];
  for (const [path, accept, coding] of rows)
    test(`${engine}: ${path} with ${accept}: ${coding ?? 'as it is'}`, async () => {
      const answer = await coded(path, accept);
      assert.equal(answer.coding, coding);
      const body =
        coding === 'gzip'
          ? gunzipSync(answer.body)
          : coding === 'br'
            ? brotliDecompressSync(answer.body)
            : answer.body;
      assert.equal(body.toString(), LONG);
      if (path === '/older' || (engine === 'filter' && path === '/gzip-keyed'))
        assert.deepEqual(
          answer.names.filter((name) => /loadstar|endpoint-load/.test(name)),
          [],
        );
    });

  test(`${engine}: the backend of a compressed route is not asked to compress`, async () => {
    const asked = async (path: string) => {
      for (const backend of backends) backend.seen.length = 0;
      await coded(path, 'gzip');
      return backends.flatMap(({ seen }) => seen)[0]?.headers['accept-encoding'];
    };
    assert.equal(await asked('/gzip'), undefined);
    assert.equal(await asked('/free'), 'gzip');
  });

  test(`${engine}: bandwidth of answers and of requests`, async () => {
    // 17,000 bytes at 8,192 a second.
    const down = await ask('/down', { headers: [['te', 'trailers']] });
    assert.equal(down.status, 200);
    assert.equal(down.body.length, LONG.length * 10);
    assert.ok((await counted('http_bandwidth_limit.response_enforced')) > 0);
    assert.equal(await counted('http_bandwidth_limit.request_enforced'), 0);
    const up = await ask('/up', { method: 'POST', body: 'x'.repeat(17_000) });
    assert.equal(up.status, 200);
    assert.ok((await counted('http_bandwidth_limit.request_enforced')) > 0);
  });
}
