/**
 * responseOverride on a real Envoy, with both engines: answers of backends and of Envoy itself get another
 * body, status and headers; and nothing of ours is in them.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { http1, type Response } from '../../demo/fakes/http1.ts';
import { type Engines, startEngines } from '../support/engines.ts';
import { consistentHash, gateway, httpRoute, type Manifest, policy, service } from '../support/manifests.ts';
import * as orca from '../support/orca.ts';

const inline = (text: string): Manifest => ({ type: 'Inline', inline: text });
const codes = (...values: number[]) => values.map((value) => ({ type: 'Value', value }));
const rules: Manifest[] = [
  {
    match: { statusCodes: codes(404) },
    response: { contentType: 'text/plain', body: inline('Oops! 100% not here, %RESPONSE_CODE%.') },
  },
  {
    match: { statusCodes: [...codes(500), { type: 'Range', range: { start: 502, end: 511 } }] },
    response: {
      statusCode: 503,
      contentType: 'application/json',
      body: { type: 'ValueRef', valueRef: { group: '', kind: 'ConfigMap', name: 'pages' } },
      header: { set: [{ name: 'x-set', value: 'a' }], add: [{ name: 'x-other', value: 'b' }] },
    },
  },
  {
    match: {
      statusCodes: codes(429),
      responseHeaders: [{ name: 'X-Kind', value: { type: 'Prefix', value: 'li' } }],
    },
    response: { body: inline('by a header') },
  },
  { match: { statusCodes: codes(418) }, source: 'Local', response: { body: inline('of Envoy') } },
  {
    match: { statusCodes: codes(403) },
    redirect: {
      statusCode: 302,
      scheme: 'http',
      hostname: 'www.example.com',
      path: { type: 'ReplaceFullPath', replaceFullPath: '/plain/login' },
    },
  },
];
const overrides: Manifest = { responseOverride: rules };

let backends: Backend[] = [];
let engines: Engines;
before(async () => {
  backends = await startBackends(['127.0.0.11']);
  backends[0]!.reply = ({ path }) => ({
    status: Number(/\d+$/.exec(path)?.[0] ?? 200),
    headers: [
      ['x-kind', path.includes('limited') ? 'limit' : 'other'],
      ['x-other', 'c'],
      ...orca.complete(0.5),
    ],
  });
  engines = await startEngines([
    ...gateway(),
    ...service('backend', backends),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'pages' },
      data: { 'response.body': '{"sorry": 1}' },
    },
    ...['plain', 'keyed', 'reported', 'faulty'].map((name) => httpRoute({ name })),
    policy('plain', overrides),
    policy('keyed', { ...overrides, ...consistentHash({ type: 'Header', header: { name: 'x-user' } }) }),
    policy('reported', {
      ...overrides,
      loadBalancer: { type: 'BackendUtilization', backendUtilization: {} },
    }),
    policy('faulty', { ...overrides, faultInjection: { abort: { httpStatus: 418 } } }),
  ]);
});
after(async () => {
  await engines?.stop();
  await stopAll(backends);
});

const ours = ({ headers }: Response): string[] =>
  Object.keys(headers).filter((name) => /loadstar|endpoint-load/.test(name));

for (const engine of ['filter', 'native'] as const) {
  const ask = (path: string) => http1({ path, port: engines[engine].port(), headers: [['x-user', 'a']] });

  for (const route of ['plain', 'keyed', 'reported']) {
    const hides = route === 'reported' || (route === 'keyed' && engine === 'filter');
    test(`${engine}, ${route}: the first rule that matches holds, others are left`, async () => {
      const missing = await ask(`/${route}/404`);
      assert.equal(missing.status, 404);
      assert.equal(missing.body, 'Oops! 100% not here, 404.');
      assert.deepEqual(missing.headers['content-type'], ['text/plain']);
      for (const status of [500, 502, 507, 511]) {
        const failed = await ask(`/${route}/${status}`);
        assert.equal(failed.status, 503);
        assert.equal(failed.body, '{"sorry": 1}');
        assert.deepEqual(failed.headers['content-type'], ['application/json']);
        assert.deepEqual(failed.headers['x-set'], ['a']);
        if (hides) assert.deepEqual(ours(failed), []);
      }
      assert.equal((await ask(`/${route}/limited/429`)).body, 'by a header');
      for (const path of ['501', '512', '200', '429', '418']) {
        const left = await ask(`/${route}/${path}`);
        assert.equal(left.status, Number(path));
        assert.equal(left.body, backends[0]!.name);
      }
      if (hides) assert.deepEqual(ours(missing), []);
    });
  }

  test(`${engine}: an answer of Envoy's own is told from that of a backend`, async () => {
    const answer = await ask('/faulty');
    assert.equal(answer.status, 418);
    assert.equal(answer.body, 'of Envoy');
  });

  test(`${engine}: a redirect is the answer of another route, with its status`, async () => {
    const answer = await ask('/plain/403');
    assert.equal(answer.status, 302);
    assert.equal(answer.body, backends[0]!.name);
    assert.equal(backends[0]!.seen.at(-1)?.path, '/plain/login');
  });
}
