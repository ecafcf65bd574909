/** `loadstar explain --url`: which listener a connection is for, and what a request on it gets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../demo/fakes/manifests.ts';
import type { Explanation } from '../../../host/explain/explanation.ts';
import { issue, tlsSecret } from '../../support/certificates.ts';
import { wasmPath } from '../../support/translate.ts';
import { run } from '../cli/run-cli.ts';
import { gateway, gatewayClass, httpRoute, listener, rule, upstream } from '../plan/world.ts';

const one = issue({ name: 'x', dnsNames: ['shop.example.com', '*.example.com'] });
const https = (name: string, port: number, hostname: string) =>
  listener(name, port, { protocol: 'HTTPS', hostname, tls: { certificateRefs: [{ name: 'x' }] } });
const input = render([
  gatewayClass,
  ...upstream.flat(),
  gateway('eg', [
    listener('http', 80),
    https('shop', 443, 'shop.example.com'),
    https('wild', 443, '*.example.com'),
    https('other', 8443, 'shop.example.com'),
  ]),
  httpRoute('plain', [rule('/')], { hostnames: [], parentRefs: [{ name: 'eg', sectionName: 'http' }] }),
  httpRoute(
    'secure',
    [rule('/', { matches: [{ headers: [{ name: 'x-forwarded-proto', value: 'https' }] }] })],
    {
      hostnames: [],
      parentRefs: ['shop', 'wild', 'other'].map((sectionName) => ({ name: 'eg', sectionName })),
    },
  ),
  tlsSecret('x', one),
]);

async function explain(
  ...argv: string[]
): Promise<{ explanation: Explanation; stderr: string; code: number }> {
  const all = ['explain', '-f', '-', '--wasm', wasmPath(), '--format', 'json', ...argv];
  const { code, stdout, stderr } = await run(all, input);
  return {
    code,
    stderr,
    explanation: code === 0 ? (JSON.parse(stdout) as Explanation) : ({} as Explanation),
  };
}

const urls: readonly [url: string, listener: string | undefined, status?: number][] = [
  ['https://shop.example.com/cart', 'default/eg/shop'],
  ['https://SHOP.example.com:443/', 'default/eg/shop'],
  ['https://shop.example.com:10443', 'default/eg/shop'],
  ['https://shop.example.com:8443/?a=b', 'default/eg/other'],
  ['https://a.example.com/', 'default/eg/wild'],
  ['https://example.org/', undefined, 0],
  ['https://a.example.com:8443/', undefined, 0],
  ['http://shop.example.com/', 'default/eg/http'],
  ['http://shop.example.com:10080/', 'default/eg/http'],
];
for (const [url, name, status] of urls) {
  test(`${url}: ${name ?? 'the connection is closed'}`, async () => {
    const { explanation } = await explain('--url', url);
    assert.deepEqual([explanation.listener?.name, explanation.answer?.status], [name, status]);
    if (name !== undefined) assert.ok(explanation.pools.length > 0, 'a route forwards it');
    assert.equal(explanation.request?.scheme, url.startsWith('https') ? 'https' : undefined);
  });
}

test('the Host of another listener on the same connection: 421', async () => {
  const { explanation } = await explain('--url', 'https://a.example.com/', '--host', 'shop.example.com');
  assert.deepEqual([explanation.listener?.name, explanation.answer?.status], ['default/eg/wild', 421]);
  assert.deepEqual(explanation.listener?.certificates, ['default/x']);
});

test('without a URL the host is the server name', async () => {
  const { explanation } = await explain('--host', 'a.example.com', '--listener', 'wild');
  assert.equal(explanation.listener?.name, 'default/eg/wild');
});

test('a URL of another kind, or beside --path, is wrong usage', async () => {
  for (const argv of [
    ['--url', 'ftp://a/'],
    ['--url', 'a.example.com'],
    ['--url', 'https://a/', '--path', '/'],
  ]) {
    const { code, stderr } = await explain(...argv);
    assert.equal(code, 2);
    assert.match(stderr, /--url/);
  }
});
