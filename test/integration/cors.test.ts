/** The filter CORS in a static configuration: a rule for one method, whose preflights come with another. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Backend } from '../../demo/fakes/backend.ts';
import { http1 } from '../../demo/fakes/http1.ts';
import { httpRoute, ref, rule } from '../../demo/fakes/manifests.ts';
import { Envoy } from '../support/envoy.ts';
import { gateway, service } from '../support/manifests.ts';
import { translate } from '../support/translate.ts';

let backend: Backend;
let envoy: Envoy;
before(async () => {
  backend = await Backend.start();
  const cors = { allowOrigins: ['https://*.shop.test'], allowMethods: ['PUT'] };
  const route = httpRoute('r', [
    rule('/', {
      matches: [{ method: 'PUT', path: { type: 'PathPrefix', value: '/cart' } }],
      filters: [{ type: 'CORS', cors }],
      backendRefs: [ref()],
    }),
  ]);
  envoy = await Envoy.start(
    await translate([...gateway(), ...service('backend', [backend]), route], 'filter'),
  );
});
after(async () => {
  await envoy?.stop();
  await backend?.stop();
});

const ORIGIN = 'https://www.shop.test';
const send = (method: string, headers: Readonly<Record<string, string>>) =>
  http1({ port: envoy.port(), method, path: '/cart', headers: Object.entries(headers) });
const asking = (origin: string) => ({ origin, 'access-control-request-method': 'PUT' });

test('a preflight of an allowed origin is answered by Envoy', async () => {
  const { status, headers } = await send('OPTIONS', asking(ORIGIN));
  assert.deepEqual([status, headers['x-backend']], [200, undefined]);
  assert.deepEqual(headers['access-control-allow-origin'], [ORIGIN]);
  assert.deepEqual(headers['access-control-allow-methods'], ['PUT']);
  assert.deepEqual(headers['access-control-max-age'], ['5']);
});

test('one of another origin is answered without naming an origin', async () => {
  for (const origin of ['https://shop.test', 'https://www.shop.test.evil.test', 'http://www.shop.test']) {
    const { status, headers } = await send('OPTIONS', asking(origin));
    assert.equal(status, 200);
    assert.equal(headers['access-control-allow-origin'], undefined);
  }
});

test('what is no preflight does not reach the route for preflights', async () => {
  assert.equal((await send('OPTIONS', {})).status, 404);
  assert.equal((await send('OPTIONS', { ...asking(''), origin: '' })).status, 404);
});

test('the request itself is answered by the backend, with the origin that may read it', async () => {
  const { status, headers } = await send('PUT', { origin: ORIGIN });
  assert.deepEqual([status, headers['x-backend']], [200, [backend.name]]);
  assert.deepEqual(headers['access-control-allow-origin'], [ORIGIN]);
});
