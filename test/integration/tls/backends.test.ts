/**
 * TLS to backends on a real Envoy: who proves what the policy asks for is called, all others get no request,
 * neither over TLS nor in plain text, and clients get 503.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { http1, type Response } from '../../../demo/fakes/http1.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import { type Bootstrap, Envoy } from '../../support/envoy.ts';
import { eventually } from '../../support/eventually.ts';
import { cli, translateInto } from '../../support/translate.ts';
import { byService, type Fakes, manifests, NAME, startFakes } from './backends-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'loadstar-backend-tls-'));
const output = join(folder, 'envoy.json');
let fakes: Fakes;
let envoy: Envoy;

before(async () => {
  fakes = await startFakes();
  envoy = await Envoy.start(await translateInto(folder, manifests(fakes)));
});
after(async () => {
  await envoy?.stop();
  await fakes?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (name: string, headers: Record<string, string> = {}, host = 'www.example.com') =>
  http1({
    port: envoy.port(),
    path: `/${name}`,
    headers: [['host', host], ...Object.entries(headers)],
  });
const header = ({ headers }: Pick<Response, 'headers'>, name: string): string | undefined =>
  headers[name]?.[0];
/** Sum of the statistics of a cluster whose names match. */
async function counted(name: string, what: RegExp): Promise<number> {
  const stats = await envoy.admin.text(`/stats?filter=^cluster\\.httproute/default/${name}/rule/0`);
  return stats
    .split('\n')
    .filter((line) => what.test(line))
    .reduce((sum, line) => sum + Number(/: (\d+)$/.exec(line)?.[1] ?? 0), 0);
}

test('the right certificate: called over TLS, with the server name of the policy, HTTP/2 by ALPN', async () => {
  const answer = await ask('right');
  assert.equal(answer.status, 200);
  assert.equal(header(answer, 'x-sni'), NAME);
  assert.equal(header(answer, 'x-alpn'), 'h2');
  assert.equal(header(answer, 'x-tls'), 'TLSv1.3');
  assert.equal(header(answer, 'x-client'), 'none');
  assert.equal((await ask('wild')).status, 200, 'a wildcard certificate is for the name');
  assert.equal((await ask('uri')).status, 200, 'the URI is verified, not the server name');
});

const refused: readonly [name: string, backend: string, counter: RegExp][] = [
  ['wrong-ca', 'wrong-ca', /ssl\.fail_verify_error/],
  ['wrong-name', 'wrong-name', /ssl\.fail_verify_san/],
  ['expired', 'expired', /ssl\.fail_verify_error/],
  ['other-uri', 'right', /ssl\.fail_verify_san/],
  ['overruled', 'wrong-ca', /ssl\.fail_verify_error/],
  ['wrong-endpoint', 'right', /ssl\.fail_verify_san/],
];
for (const [name, backend, counter] of refused)
  test(`${name}: 503, counted, and no request reaches the backend`, async () => {
    const { requests, handshakes } = fakes.at(backend).seen;
    const answer = await ask(name);
    assert.equal(answer.status, 503);
    assert.ok((await counted(name, counter)) > 0, await envoy.admin.text(`/stats?filter=${name}.*ssl`));
    assert.equal(fakes.at(backend).seen.requests, requests);
    assert.ok(fakes.at(backend).seen.handshakes > handshakes);
  });

test('a backend that speaks plain text gets no request', async () => {
  const answer = await ask('plain');
  assert.equal(answer.status, 503);
  assert.equal(fakes.plain[0]?.seen.length, 0);
});

test('a Backend: without verification, with the name of the request, or of its endpoint', async () => {
  const skipped = await ask('skip');
  assert.deepEqual([skipped.status, header(skipped, 'x-sni')], [200, 'any.internal']);
  const auto = await ask('auto');
  assert.deepEqual([auto.status, header(auto, 'x-sni')], [200, 'www.example.com']);
  const named = await ask('by-endpoint');
  assert.deepEqual([named.status, header(named, 'x-sni')], [200, NAME]);
});

test('a request whose host is an address cannot turn off that the name is verified', async () => {
  const { requests } = fakes.at('auto').seen;
  for (const host of ['10.0.0.1', '[::1]', '127.0.0.1:8080'])
    assert.equal((await ask('any-host', {}, host)).status, 503, host);
  assert.equal(fakes.at('auto').seen.requests, requests);
});

test('a client certificate is shown where the Backend names one, and the version is bounded', async () => {
  const shown = await ask('shows');
  assert.deepEqual(
    [shown.status, header(shown, 'x-client'), header(shown, 'x-tls')],
    [200, 'envoy', 'TLSv1.2'],
  );
  assert.equal((await ask('hides')).status, 503);
});

test('gRPC and WebSocket backends agree on their protocol', async () => {
  const grpc = await ask('shop.Cart/Get', { 'content-type': 'application/grpc' });
  assert.deepEqual([header(grpc, 'x-alpn'), header(grpc, 'x-version')], ['h2', '2.0']);
  const websocket = await ask('websocket');
  assert.deepEqual([header(websocket, 'x-alpn'), header(websocket, 'x-version')], ['http/1.1', '1.1']);
});

test('one pool of a backend with TLS and one without: each is called in its way', async () => {
  const called = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const answer = await ask('mixed');
    assert.equal(answer.status, 200);
    called.add(header(answer, 'x-tls') ?? 'plain');
  }
  assert.deepEqual([...called].sort(), ['TLSv1.3', 'plain']);
});

test('the filter picks the host by key, over TLS too', async () => {
  const homes = new Map<string, string | undefined>();
  for (let i = 0; i < 36; i++) {
    const key = `k${i % 12}`;
    const answer = await ask('hashed', { 'x-key': key });
    assert.equal(answer.status, 200);
    const host = header(answer, 'x-backend');
    assert.equal(homes.get(key) ?? host, host, key);
    homes.set(key, host);
  }
  assert.ok(new Set(homes.values()).size > 1);
  assert.ok(((await envoy.admin.filterStats()).loadstar_picks_total ?? 0) > 0);
});

test('load reports count over TLS, and are removed', async () => {
  await eventually('the idle host gets more', async () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 60; i++) {
      const answer = await ask('loaded');
      assert.equal(answer.status, 200);
      assert.equal(header(answer, 'endpoint-load-metrics'), undefined);
      const host = header(answer, 'x-backend') ?? '';
      counts.set(host, (counts.get(host) ?? 0) + 1);
    }
    const [busy, idle] = fakes.loaded.map(({ name }) => counts.get(name) ?? 0) as [number, number];
    if (idle < busy * 2) throw new Error(`${busy} and ${idle}`);
  });
});

test('health checks go over TLS', async () => {
  await eventually('it is checked', async () => {
    if (fakes.at('checked').seen.requests < 2) throw new Error('not yet');
  });
  assert.equal((await ask('checked')).status, 200);
  assert.equal(await counted('checked', /health_check\.failure/), 0);
});

test('authorities are files beside the configuration; without keys they may stand in it', async () => {
  const files = readdirSync(`${output}.tls`);
  assert.ok(files.includes('ca_backendtlspolicy_default_right.sds.yaml'), files.join(' '));
  assert.ok(!readFileSync(output, 'utf8').includes('BEGIN CERTIFICATE'));
  const only = [...manifests(fakes).slice(0, 3), ...byService('right', fakes.at('right'))];
  const { code, stdout, stderr } = await cli(
    ['translate', '-f', '-', '--format', 'json'],
    build.render(only),
  );
  assert.equal(code, 0, stderr);
  const alone = await Envoy.start(JSON.parse(stdout) as Bootstrap);
  try {
    const answer = await http1({
      port: alone.port(),
      path: '/right',
      headers: [['host', 'www.example.com']],
    });
    assert.equal(answer.status, 200);
  } finally {
    await alone.stop();
  }
});
