/** `loadstar explain --url tcp://… tls://…`: which route gets a connection, and which host. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../demo/fakes/manifests.ts';
import type { Explanation } from '../../../host/explain/explanation.ts';
import { issue, tlsSecret } from '../../support/certificates.ts';
import { wasmPath } from '../../support/translate.ts';
import { run } from '../cli/run-cli.ts';
import {
  connectionRoute,
  gateway,
  gatewayClass,
  httpRoute,
  lb,
  listener,
  policy,
  ref,
  rule,
  target,
  upstream,
} from '../plan/world.ts';

const certificate = issue({ name: 'x', dnsNames: ['*.example.com'] });
const tls = (name: string, hostname: string, mode: 'Terminate' | 'Passthrough', protocol = 'TLS') =>
  listener(name, 443, {
    protocol,
    hostname,
    tls: { mode, ...(mode === 'Terminate' ? { certificateRefs: [{ name: 'x' }] } : {}) },
  });
const to = (sectionName: string) => ({ parentRefs: [{ name: 'eg', sectionName }] });
const input = render([
  gatewayClass,
  ...upstream.flat(),
  gateway('eg', [
    listener('http', 80),
    listener('db', 9000, { protocol: 'TCP' }),
    tls('pass', '*.example.com', 'Passthrough'),
    tls('ends', 'ends.example.com', 'Terminate'),
    tls('web', 'web.example.com', 'Terminate', 'HTTPS'),
  ]),
  httpRoute('web', [rule('/')], { hostnames: [] }),
  connectionRoute('TCPRoute', 'db', undefined, to('db')),
  connectionRoute('TLSRoute', 'mail', [ref(), ref('backend', { weight: 3 })], {
    ...to('pass'),
    hostnames: ['mail.example.com'],
  }),
  connectionRoute('TLSRoute', 'ends', undefined, { ...to('ends'), hostnames: ['ends.example.com'] }),
  policy('p', [target('TCPRoute', 'db')], lb('ConsistentHash', { consistentHash: { type: 'SourceIP' } })),
  tlsSecret('x', certificate),
]);

const ask = (...argv: string[]) => run(['explain', '-f', '-', '--wasm', wasmPath(), ...argv], input);
async function explain(...argv: string[]): Promise<Explanation> {
  const { code, stdout, stderr } = await ask('--format', 'json', ...argv);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Explanation;
}

const urls: readonly [url: string, route: string | undefined, listener?: string][] = [
  ['tcp://anything:9000', 'tcproute/default/db', 'default/eg/db'],
  ['tcp://127.0.0.1', 'tcproute/default/db', 'default/eg/db'],
  ['tls://mail.example.com:443', 'tlsroute/default/mail', 'default/eg/pass'],
  ['TLS://MAIL.example.com:10443', 'tlsroute/default/mail', 'default/eg/pass'],
  ['tls://ends.example.com', 'tlsroute/default/ends', 'default/eg/ends'],
  ['https://mail.example.com/inbox', 'tlsroute/default/mail', 'default/eg/pass'],
  ['tls://other.example.com', 'default/eg/pass/no-route', 'default/eg/pass'],
  ['tls://example.org', undefined],
  ['tls://127.0.0.1:443', undefined],
  ['tls://[::1]:443', undefined],
  ['tls://web.example.com', undefined],
  ['tcp://x:443', undefined],
  ['tls://mail.example.com:9000', undefined],
];
for (const [url, route, where] of urls) {
  test(`${url}: ${route ?? 'closed'}`, async () => {
    const { request, connection, answer, ...found } = await explain('--url', url);
    assert.equal(found.route?.name, route);
    assert.equal(found.listener?.name, where);
    assert.equal(request, undefined);
    assert.ok(connection !== undefined);
    if (route === undefined || route.endsWith('no-route')) assert.equal(answer?.status, 0);
    else assert.equal(answer, undefined);
  });
}

test('by the address of the client: the key, its slot and its host', async () => {
  const hosts = new Set<string>();
  for (let i = 0; i < 16; i++) {
    const { pools } = await explain('--url', 'tcp://x:9000', '--source-ip', `10.1.2.${i}`);
    const choice = pools[0]?.choice;
    assert.ok(choice?.kind === 'key' && choice.by === 'envoy');
    assert.equal(choice.key[0]?.value, `10.1.2.${i}`);
    hosts.add(choice.pick?.host ?? '');
  }
  assert.deepEqual([...hosts].sort(), ['10.0.0.1:3000', '10.0.0.2:3000']);
});

test('as text', async () => {
  const { stdout } = await ask('--url', 'tls://mail.example.com');
  assert.match(stdout, /^connection {2}tls for mail\.example\.com from 127\.0\.0\.1$/m);
  assert.match(stdout, /TLS ends at the backend/);
  assert.match(stdout, /^balancer {4}least request: .* fewer connections/m);
  const closed = await ask('--url', 'tls://web.example.com');
  assert.match(closed.stdout, /^answer {6}none: the listener default\/eg\/web reads requests/m);
});

test('requests go on as before beside such listeners', async () => {
  const plain = await explain('--host', 'mail.example.com');
  assert.equal(plain.listener?.name, 'default/eg/http');
  const secure = await explain('--url', 'https://web.example.com/');
  assert.equal(secure.listener?.name, 'default/eg/web');
});

for (const argv of [
  ['--url', 'tcp://x:9000/path'],
  ['--url', 'tcp://x:9000', '--host', 'a'],
  ['--url', 'tls://x', '-H', 'a: b'],
  ['--url', 'sctp://x'],
]) {
  test(`wrong usage: ${argv.join(' ')}`, async () => {
    assert.equal((await ask(...argv)).code, 2);
  });
}
