/**
 * TLS to backends on a real Envoy: who proves what the policy asks for is called, all others get no request,
 * neither over TLS nor in plain text, and clients get 503.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import { http1, type Response } from '../../../demo/fakes/http1.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import { TLS_VERSIONS } from '../../../host/model/backend-tls.ts';
import { CURVES, SIGNATURES, SUITES } from '../../../host/schema/words/tls-parameters.ts';
import { authority, authorityMap, issue, tlsSecret } from '../../support/certificates.ts';
import { type Bootstrap, Envoy } from '../../support/envoy.ts';
import { eventually } from '../../support/eventually.ts';
import { consistentHash, type Manifest, service } from '../../support/manifests.ts';
import { startTlsBackend, type TlsBackend } from '../../support/tls-backend.ts';
import { cli, translate, translateInto } from '../../support/translate.ts';
import { envoyRefuses } from '../../support/validate.ts';

const NAME = 'shop.internal';
const ca = authority('Backend CA');
const others = authority('Other CA');
const right = issue({ name: 'right', dnsNames: [NAME], issuer: ca });
const folder = mkdtempSync(join(tmpdir(), 'loadstar-backend-tls-'));
const output = join(folder, 'envoy.json');

const tlsPolicy = (name: string, kind: 'Service' | 'Backend', validation: Manifest = {}): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'BackendTLSPolicy',
  metadata: { name },
  spec: {
    targetRefs: [{ group: kind === 'Service' ? '' : 'gateway.envoyproxy.io', kind, name }],
    validation: {
      caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }],
      hostname: NAME,
      ...validation,
    },
  },
});
type Host = Pick<TlsBackend, 'address' | 'port'>;
const byService = (name: string, host: Host, validation?: Manifest): Manifest[] => [
  ...service(name, [host]),
  build.httpRoute(name, [build.rule(`/${name}`, { backendRefs: [build.ref(name)] })]),
  tlsPolicy(name, 'Service', validation),
];
const byBackend = (name: string, host: Host, spec: Manifest, endpoint: Manifest = {}): Manifest[] => [
  build.backend(name, {
    endpoints: [{ ip: { address: host.address, port: host.port }, ...endpoint }],
    ...spec,
  }),
  build.httpRoute(name, [build.rule(`/${name}`, { backendRefs: [build.backendRef(name)] })]),
];
const caRefs = { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }] };

const backends: Record<string, TlsBackend> = {};
let plain: Backend[] = [];
const hashed: TlsBackend[] = [];
const loaded: TlsBackend[] = [];
let envoy: Envoy;

const at = (name: string): TlsBackend => {
  const found = backends[name];
  assert.ok(found !== undefined, name);
  return found;
};

function manifests(): Manifest[] {
  const list = (hosts: readonly TlsBackend[], name: string, tls: Manifest): Manifest[] => [
    build.backend(name, {
      endpoints: hosts.map(({ address, port }) => ({ ip: { address, port } })),
      tls,
    }),
    build.httpRoute(name, [build.rule(`/${name}`, { backendRefs: [build.backendRef(name)] })]),
  ];
  return [
    build.gatewayClass,
    build.gateway('eg', [build.listener('http', 8080)]),
    authorityMap('ca', ca),
    tlsSecret('client', issue({ name: 'envoy', dnsNames: ['envoy.internal'], issuer: ca })),
    ...['right', 'wrong-ca', 'wrong-name', 'expired', 'plain', 'wild'].flatMap((name) =>
      byService(name, at(name)),
    ),
    ...byService('uri', at('uri'), { subjectAltNames: [{ type: 'URI', uri: 'spiffe://internal/shop' }] }),
    ...byService('other-uri', at('right'), {
      subjectAltNames: [{ type: 'URI', uri: 'spiffe://internal/shop' }],
    }),
    ...byBackend('skip', at('wrong-ca'), { tls: { insecureSkipVerify: true, sni: 'any.internal' } }),
    ...byBackend('overruled', at('wrong-ca'), { tls: { insecureSkipVerify: true } }),
    tlsPolicy('overruled', 'Backend'),
    ...byBackend('auto', at('auto'), { tls: caRefs }),
    build.httpRoute('any-host', [build.rule('/any-host', { backendRefs: [build.backendRef('auto')] })], {
      hostnames: [],
    }),
    ...byBackend(
      'by-endpoint',
      at('right'),
      { tls: { ...caRefs, autoSNIFromEndpointHostname: true } },
      {
        hostname: NAME,
      },
    ),
    ...byBackend(
      'wrong-endpoint',
      at('right'),
      { tls: { ...caRefs, autoSNIFromEndpointHostname: true } },
      {
        hostname: 'else.internal',
      },
    ),
    ...byBackend('shows', at('asks'), {
      tls: { ...caRefs, sni: NAME, clientCertificateRef: { name: 'client' }, maxVersion: '1.2' },
    }),
    ...byBackend('hides', at('asks'), { tls: { ...caRefs, sni: NAME } }),
    ...byBackend('websocket', at('right'), {
      tls: { ...caRefs, sni: NAME },
      appProtocols: ['gateway.envoyproxy.io/wss'],
    }),
    ...byBackend('both', at('right'), { tls: { ...caRefs, sni: NAME } }),
    build.backend('clear', { endpoints: plain.map(({ address, port }) => ({ ip: { address, port } })) }),
    build.httpRoute('mixed', [
      build.rule('/mixed', { backendRefs: [build.backendRef('both'), build.backendRef('clear')] }),
    ]),
    ...list(hashed, 'hashed', { ...caRefs, sni: NAME }),
    build.policy(
      'hashed',
      [build.target('HTTPRoute', 'hashed')],
      consistentHash({ type: 'Header', header: { name: 'x-key' } }),
    ),
    ...list(loaded, 'loaded', { ...caRefs, sni: NAME }),
    build.policy('loaded', [build.target('HTTPRoute', 'loaded')], {
      loadBalancer: { type: 'BackendUtilization', backendUtilization: { blackoutPeriod: '1s' } },
    }),
    ...service('grpc', [at('right')]),
    build.grpcRoute('grpc', [
      { matches: [{ method: { service: 'shop.Cart' } }], backendRefs: [build.ref('grpc')] },
    ]),
    tlsPolicy('grpc', 'Service'),
    ...byBackend('checked', at('checked'), { tls: { ...caRefs, sni: NAME } }),
    build.policy('checked', [build.target('HTTPRoute', 'checked')], {
      healthCheck: {
        active: {
          type: 'HTTP',
          interval: '1s',
          timeout: '1s',
          http: { path: '/health', expectedStatuses: [200] },
        },
      },
    }),
  ];
}

before(async () => {
  const start = async (name: string, ...rest: Parameters<typeof startTlsBackend>) => {
    backends[name] = await startTlsBackend(...rest);
  };
  await start('right', '127.0.0.11', right);
  await start('wrong-ca', '127.0.0.12', issue({ name: 'x', dnsNames: [NAME], issuer: others }));
  await start('wrong-name', '127.0.0.13', issue({ name: NAME, dnsNames: ['else.internal'], issuer: ca }));
  await start('expired', '127.0.0.14', issue({ name: 'x', dnsNames: [NAME], issuer: ca, from: -9, to: -2 }));
  await start('wild', '127.0.0.15', issue({ name: 'wild', dnsNames: ['*.internal'], issuer: ca }));
  await start('uri', '127.0.0.16', issue({ name: 'uri', uris: ['spiffe://internal/shop'], issuer: ca }));
  await start('auto', '127.0.0.17', issue({ name: 'www', dnsNames: ['www.example.com'], issuer: ca }));
  await start('asks', '127.0.0.18', right, {
    requestCert: true,
    rejectUnauthorized: true,
    ca: ca.certificate,
  });
  await start('checked', '127.0.0.19', right);
  plain = await startBackends(['127.0.0.20']);
  backends.plain = { ...at('right'), address: plain[0]!.address, port: plain[0]!.port };
  for (const address of ['127.0.0.21', '127.0.0.22', '127.0.0.23'])
    hashed.push(await startTlsBackend(address, right));
  for (const [address, load] of [
    ['127.0.0.24', '0.9'],
    ['127.0.0.25', '0.1'],
  ] as const)
    loaded.push(
      await startTlsBackend(address, right, { headers: { 'endpoint-load-metrics': `TEXT cpu=${load}` } }),
    );
  envoy = await Envoy.start(await translateInto(folder, manifests()));
});
after(async () => {
  await envoy?.stop();
  const own = Object.entries(backends).flatMap(([name, one]) => (name === 'plain' ? [] : [one]));
  await Promise.all([...own, ...hashed, ...loaded].map((one) => one.stop()));
  await stopAll(plain);
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
    const { requests, handshakes } = at(backend).seen;
    const answer = await ask(name);
    assert.equal(answer.status, 503);
    assert.ok((await counted(name, counter)) > 0, await envoy.admin.text(`/stats?filter=${name}.*ssl`));
    assert.equal(at(backend).seen.requests, requests);
    assert.ok(at(backend).seen.handshakes > handshakes);
  });

test('a backend that speaks plain text gets no request', async () => {
  const answer = await ask('plain');
  assert.equal(answer.status, 503);
  assert.equal(plain[0]?.seen.length, 0);
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
  const { requests } = at('auto').seen;
  for (const host of ['10.0.0.1', '[::1]', '127.0.0.1:8080'])
    assert.equal((await ask('any-host', {}, host)).status, 503, host);
  assert.equal(at('auto').seen.requests, requests);
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
    const [busy, idle] = loaded.map(({ name }) => counts.get(name) ?? 0) as [number, number];
    if (idle < busy * 2) throw new Error(`${busy} and ${idle}`);
  });
});

test('health checks go over TLS', async () => {
  await eventually('it is checked', async () => {
    if (at('checked').seen.requests < 2) throw new Error('not yet');
  });
  assert.equal((await ask('checked')).status, 200);
  assert.equal(await counted('checked', /health_check\.failure/), 0);
});

test('authorities are files beside the configuration; without keys they may stand in it', async () => {
  const files = readdirSync(`${output}.tls`);
  assert.ok(files.includes('ca_backendtlspolicy_default_right.sds.yaml'), files.join(' '));
  assert.ok(!readFileSync(output, 'utf8').includes('BEGIN CERTIFICATE'));
  const only = [...manifests().slice(0, 3), ...byService('right', at('right'))];
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

test('Envoy takes each version, cipher, curve and signature that the schema takes', async () => {
  const names = [...Object.keys(SUITES), ...Object.values(SUITES)];
  const kinds: Manifest[] = [
    ...names.map((name) => ({ ciphers: [name] })),
    { ciphers: [`[${names.slice(0, 3).join('|')}]`, ...names] },
    ...CURVES.map((name) => ({ ecdhCurves: [name] })),
    ...SIGNATURES.map((name) => ({ signatureAlgorithms: [name] })),
    ...TLS_VERSIONS.map((version) => ({ minVersion: version })),
    ...TLS_VERSIONS.map((version) => ({ minVersion: '1.0', maxVersion: version })),
    { minVersion: 'Auto', maxVersion: 'Auto', alpnProtocols: ['h2', 'http/1.1', 'http/1.0'] },
  ];
  const host = { address: '127.0.0.9', port: 443 };
  const whole = await translate(
    [
      build.gatewayClass,
      build.gateway(),
      ...kinds.flatMap((tls, i) => byBackend(`b${i}`, host, { tls: { insecureSkipVerify: true, ...tls } })),
    ],
    'native',
  );
  assert.equal(whole.static_resources?.clusters?.length, kinds.length);
  assert.equal(await envoyRefuses(whole), undefined);
});
