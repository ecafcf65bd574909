/**
 * ClientTrafficPolicy on a real Envoy, field by field: each listener has settings of its own, and a request
 * or a connection shows what they do. Nothing that a client sends may pass for ours with any of them.
 */
import assert from 'node:assert/strict';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1, type Request, type Response } from '../../demo/fakes/http1.ts';
import * as build from '../../demo/fakes/manifests.ts';
import { Envoy } from '../support/envoy.ts';
import {
  clientPolicy,
  consistentHash,
  httpRoute,
  type Manifest,
  policy,
  service,
} from '../support/manifests.ts';
import { translate } from '../support/translate.ts';

type Headers = [string, string][];
const early = (earlyRequestHeaders: Manifest): Manifest => ({ headers: { earlyRequestHeaders } });
const settings: Record<string, Manifest> = {
  plain: {},
  early: early({
    add: [{ name: 'X-Add', value: 'two' }],
    set: [{ name: 'x-set', value: '100%' }],
    addIfAbsent: [{ name: 'x-absent', value: 'new' }],
    remove: ['X-Gone'],
    removeOnMatch: [
      { type: 'Suffix', value: 'TH' },
      { type: 'Exact', value: 'X-Exact' },
      { type: 'RegularExpression', value: 'x-re.*' },
    ],
  }),
  keyed: early({ set: [{ name: 'X-Key', value: 'one-for-all' }] }),
  late: {
    headers: { lateResponseHeaders: { set: [{ name: 'x-late', value: 'l' }], remove: ['x-backend-secret'] } },
  },
  case: { http1: { preserveHeaderCase: true, enableTrailers: true } },
  allow: { headers: { withUnderscoresAction: 'Allow' } },
  drop: { headers: { withUnderscoresAction: 'DropHeader' } },
  envoy: { headers: { enableEnvoyHeaders: true } },
  keepid: { headers: { requestID: 'PreserveOrGenerate' } },
  onlyid: { headers: { requestID: 'Preserve' } },
  noid: { headers: { requestID: 'Disable' } },
  dot: { headers: { host: { stripTrailingHostDot: true } } },
  small: { headers: { maxRequestHeaderLimit: '1Ki' } },
  keepslash: { path: { escapedSlashesAction: 'KeepUnchanged', disableMergeSlashes: true } },
  noslash: { path: { escapedSlashesAction: 'RejectRequest' } },
  forward: { path: { escapedSlashesAction: 'UnescapeAndForward' } },
  old: { http1: { http10: { useDefaultHost: true } } },
  upgrade: { http1: { ignoredUpgradeTypes: [{ type: 'Prefix', value: 'TLS/' }] } },
  health: { healthCheck: { path: '/healthz' } },
  web: { grpc: { enableWeb: true } },
  scheme: { scheme: 'MatchBackend', clientIPDetection: { xForwardedFor: { numTrustedHops: 1 } } },
  origin: { clientIPDetection: { xForwardedFor: { numTrustedHops: 1 } } },
  slow: { timeout: { http: { requestReceivedTimeout: '300ms' } } },
  header: { timeout: { http: { requestHeadersReceivedTimeout: '300ms' } } },
  idle: { timeout: { http: { idleTimeout: '300ms' } } },
  stream: { timeout: { http: { streamIdleTimeout: '300ms' } } },
  one: { connection: { connectionLimit: { value: 1 } } },
  two: { connection: { connectionLimit: { maxRequestsPerConnection: 2 } } },
  brief: { connection: { connectionLimit: { maxStreamDuration: '300ms' } } },
  socket: {
    tcpKeepalive: { probes: 3, idleTime: '60s', interval: '10s' },
    connection: {
      bufferLimit: '64Ki',
      maxAcceptPerSocketEvent: 0,
      connectionLimit: { maxConnectionDuration: '1h' },
    },
    timeout: { tcp: { connectionInspectionTimeout: '3s', tlsHandshakeTimeout: '3s', idleTimeout: '9s' } },
  },
  proxy: { proxyProtocol: {} },
  maybe: { proxyProtocol: { optional: true } },
  h2: { http2: { maxConcurrentStreams: 7, initialStreamWindowSize: '128Ki' } },
};

const onListener = (sectionName: string, { spec, ...route }: Manifest): Manifest => ({
  ...route,
  spec: { ...(spec as Manifest), parentRefs: [{ name: 'eg', sectionName }] },
});

let hosts: Backend[] = [];
let h2: Backend[] = [];
let envoy: Envoy;

before(async () => {
  const addresses = ['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14'];
  hosts = await startBackends(addresses);
  h2 = await startBackends(addresses, { protocol: 'h2c' });
  const client = { name: 'x-client', value: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%' };
  const manifests = [
    build.gatewayClass,
    build.gateway(
      'eg',
      Object.keys(settings).map((name, i) => build.listener(name, 8080 + i)),
    ),
    ...service('backend', hosts),
    ...service('h2', h2, { appProtocol: 'kubernetes.io/h2c' }),
    httpRoute({
      name: 'key',
      path: '/',
      filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [client] } }],
    }),
    policy('key', consistentHash({ type: 'Header', header: { name: 'X-Key' } })),
    httpRoute({ name: 'h2', backends: { h2: 1 } }),
    // Of a rule the first listener says what reaches its hosts.
    onListener('case', httpRoute({ name: 'cased' })),
    policy('cased', consistentHash({ type: 'Header', header: { name: 'X-Key' } })),
    ...Object.entries(settings).map(([name, spec]) => clientPolicy(spec, name, name)),
  ];
  envoy = await Envoy.start(await translate(manifests, 'filter'));
});
after(async () => {
  await envoy?.stop();
  await stopAll([...hosts, ...h2]);
});

const portOf = (listener: string): number => envoy.port(`default/eg/${listener}`);
const ask = (listener: string, headers: Headers = [], more: Partial<Request> = {}): Promise<Response> =>
  http1({ port: portOf(listener), headers, ...more });
/** What the backend saw. */
async function seen(listener: string, headers: Headers = [], more: Partial<Request> = {}) {
  for (const host of [...hosts, ...h2]) host.seen.length = 0;
  const answer = await ask(listener, headers, more);
  const found = [...hosts, ...h2].flatMap((host) => host.seen)[0];
  assert.ok(found !== undefined, `${answer.status} ${answer.body}`);
  return found;
}
/** All that comes back until the connection ends, or `enough` is in it. */
function raw(listener: string, text: string, enough?: string): Promise<string> {
  return new Promise((done, fail) => {
    const socket: Socket = connect(portOf(listener), '127.0.0.1', () => socket.write(text));
    let got = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no end: ${got}`)));
    socket.on('data', (chunk) => {
      got += String(chunk);
      if (enough !== undefined && got.includes(enough)) socket.destroy();
    });
    socket.on('error', (error) => (got === '' ? fail(error) : done(got)));
    socket.on('close', () => done(got));
  });
}

test('early edits of headers, without regard to case, and never of the path or the method', async () => {
  const sent: Headers = [
    ['x-add', 'one'],
    ['x-set', 'mine'],
    ['x-absent', 'mine'],
    ['x-gone', '1'],
    ['x-teeth', '1'],
  ];
  const { headers, path } = await seen('early', [
    ...sent,
    ['x-exact', '1'],
    ['X-REgular', '1'],
    ['x-stays', '1'],
  ]);
  const kept = ['x-add', 'x-set', 'x-absent', 'x-gone', 'x-teeth', 'x-exact', 'x-regular', 'x-stays'];
  assert.deepEqual(
    kept.map((name) => headers[name]),
    ['one, two', '100%', 'mine', undefined, undefined, undefined, undefined, '1'],
  );
  assert.equal(path, '/');
  assert.equal((await seen('early')).headers['x-absent'], 'new');
});

test('a key that is set early decides the host, whatever the client sends', async () => {
  const found = new Set<string>();
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f'])
    found.add(backendOf(await ask('keyed', [['x-key', key]])));
  assert.equal(found.size, 1);
});

test('late edits of answers come last', async () => {
  for (const host of hosts)
    host.reply = () => ({
      headers: [
        ['x-backend-secret', 's'],
        ['x-late', 'backend'],
      ],
    });
  const { headers } = await ask('late');
  for (const host of hosts) host.reply = () => ({});
  assert.deepEqual([headers['x-late'], headers['x-backend-secret']], [['l'], undefined]);
  assert.deepEqual((await ask('late', [], { path: '/a%2Fb' })).headers['x-late'], ['l']);
});

const hint = (host: Backend): string => Buffer.from(host.host).toString('base64');
for (const listener of ['case', 'allow', 'drop', 'early', 'old', 'web', 'origin', 'keepslash'])
  test(`with the settings of ${listener} a client names no host, and nothing of it passes for ours`, async () => {
    const honest = backendOf(await ask(listener, [['x-key', 'k']]));
    for (const victim of hosts) {
      const names = [
        'X-Loadstar-Host',
        ...(listener === 'allow' || listener === 'drop' ? ['x_loadstar_host', 'X-Loadstar_Host'] : []),
      ];
      const spoof = names.map((name): [string, string] => [name, hint(victim)]);
      const { raw: lines, trailers } = await seen(
        listener,
        [['x-key', 'k'], ...spoof, ['Endpoint-Load-Metrics', 'TEXT cpu=0.1']],
        {
          method: 'POST',
          trailers: [['X-Loadstar-Host', hint(victim)]],
        },
      );
      const all = [...lines, ...trailers].map((text) => text.toLowerCase().replaceAll('_', '-'));
      assert.ok(!all.includes('x-loadstar-host') && !all.includes('endpoint-load-metrics'), all.join());
      assert.equal(backendOf(await ask(listener, [['x-key', 'k'], ...spoof])), honest);
    }
  });

test('names keep their case, and trailers pass, on both sides', async () => {
  const end = { method: 'POST', trailers: [['X-End', '1']] as const };
  const kept = await seen('case', [['X-MiXed', '1']], { ...end, path: '/cased' });
  assert.ok(kept.raw.includes('X-MiXed'), kept.raw.join());
  assert.deepEqual(
    kept.trailers.map((text) => text.toLowerCase()),
    ['x-end', '1'],
  );
  const usual = await seen('plain', [['X-MiXed', '1']], end);
  assert.ok(usual.raw.includes('x-mixed'), usual.raw.join());
  assert.deepEqual(usual.trailers, []);
});

test('underscores, request IDs, Envoy’s own headers, and the size of headers', async () => {
  assert.equal((await ask('plain', [['a_b', '1']])).status, 400);
  assert.equal((await seen('allow', [['a_b', '1']])).headers.a_b, '1');
  assert.equal((await seen('drop', [['a_b', '1']])).headers.a_b, undefined);
  const id = async (listener: string, headers: Headers) =>
    (await seen(listener, headers)).headers['x-request-id'];
  const own: Headers = [['x-request-id', 'mine']];
  assert.notEqual(await id('plain', own), 'mine');
  assert.deepEqual([await id('keepid', own), (await id('keepid', []))?.length], ['mine', 36]);
  assert.deepEqual([await id('onlyid', own), await id('onlyid', [])], ['mine', undefined]);
  assert.deepEqual([await id('noid', own), await id('noid', [])], [undefined, undefined]);
  assert.equal((await ask('plain')).headers['x-envoy-upstream-service-time'], undefined);
  assert.equal((await ask('envoy')).headers['x-envoy-upstream-service-time']?.length, 1);
  const large: Headers = [['x-large', 'x'.repeat(1500)]];
  assert.deepEqual([(await ask('small', large)).status, (await ask('plain', large)).status], [431, 200]);
});

test('paths: escaped slashes, double slashes, and a dot behind the host', async () => {
  const pathOf = async (listener: string, path: string) => (await seen(listener, [], { path })).path;
  assert.equal((await ask('plain', [], { path: '/a%2Fb' })).status, 307);
  assert.equal(await pathOf('keepslash', '/a%2Fb//c'), '/a%2Fb//c');
  assert.equal((await ask('noslash', [], { path: '/a%2Fb' })).status, 400);
  assert.equal(await pathOf('forward', '/a%2Fb//c'), '/a/b/c');
  const dotted: Headers = [['Host', 'www.example.com.']];
  assert.deepEqual([(await ask('dot', dotted)).status, (await ask('plain', dotted)).status], [200, 404]);
});

test('HTTP/1.0, an upgrade that is ignored, a health check, gRPC-Web', async () => {
  assert.match(await raw('old', 'GET / HTTP/1.0\r\n\r\n'), /^HTTP\/1\.0 200/);
  assert.match(await raw('plain', 'GET / HTTP/1.0\r\nHost: www.example.com\r\n\r\n'), /^HTTP\/1\.1 426/);
  const tls: Headers = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'TLS/1.2'],
  ];
  const upgrade =
    'GET / HTTP/1.1\r\nHost: www.example.com\r\nConnection: Upgrade\r\nUpgrade: TLS/1.2\r\n\r\n';
  assert.match(await raw('plain', upgrade, '\r\n\r\n'), /^HTTP\/1\.1 403/, String(tls));
  assert.match(await raw('upgrade', upgrade, '\r\n\r\n'), /^HTTP\/1\.1 200/);
  const before = hosts.reduce((sum, { seen: all }) => sum + all.length, 0);
  assert.equal((await ask('health', [['Host', 'nobody.example.com']], { path: '/healthz' })).status, 200);
  assert.equal(
    hosts.reduce((sum, { seen: all }) => sum + all.length, 0),
    before,
  );
  const web: Headers = [['content-type', 'application/grpc-web']];
  assert.equal((await seen('web', web, { method: 'POST' })).headers['content-type'], 'application/grpc');
  assert.equal(
    (await seen('plain', web, { method: 'POST' })).headers['content-type'],
    'application/grpc-web',
  );
});

test('the scheme is the client’s, or that of the backend', async () => {
  const secure: Headers = [['x-forwarded-proto', 'https']];
  const more = { path: '/h2' };
  assert.equal((await seen('origin', secure, more)).headers[':scheme'], 'https');
  assert.equal((await seen('scheme', secure, more)).headers[':scheme'], 'http');
});

test('who is slow is not waited for', async () => {
  const head = 'POST / HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 9\r\n';
  assert.match(await raw('slow', `${head}\r\nab`), /^HTTP\/1\.1 408/);
  assert.match(await raw('header', head), /^HTTP\/1\.1 408/);
  assert.match(await raw('idle', 'GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n'), /^HTTP\/1\.1 200/);
  for (const host of hosts) host.reply = () => ({ delayMs: 2_000 });
  const stream = await ask('stream');
  const brief = await ask('brief').catch(() => ({ status: 0 }));
  for (const host of hosts) host.reply = () => ({});
  assert.equal(stream.status, 504);
  assert.notEqual(brief.status, 200);
});

test('connections: how many, for how many requests, and settings of the socket', async () => {
  const agent = connections(1);
  const get = { method: 'GET', agent };
  assert.equal((await ask('one', [], get)).status, 200);
  await assert.rejects(ask('one'));
  assert.equal((await ask('one', [], get)).status, 200);
  agent.destroy();
  const text = 'GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n';
  const answers = await raw('two', text.repeat(3));
  assert.equal(answers.match(/HTTP\/1\.1 200/g)?.length, 2);
  assert.match(answers, /connection: close/);
  assert.equal((await ask('socket')).status, 200);
});

test('the PROXY protocol says who the client is, and has to, unless it is optional', async () => {
  const text = 'GET / HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n';
  const header = 'PROXY TCP4 192.0.2.7 127.0.0.1 4000 80\r\n';
  assert.match(await raw('proxy', header + text), /x-client: 192\.0\.2\.7/);
  assert.match(await raw('maybe', header + text), /x-client: 192\.0\.2\.7/);
  assert.match(await raw('maybe', text), /x-client: 127\.0\.0\.1/);
  assert.equal(await raw('proxy', text).catch(() => ''), '');
});

test('HTTP/2: streams and windows as the client is told', async () => {
  const told = (listener: string) =>
    new Promise<readonly (number | undefined)[]>((done, fail) => {
      const session: ClientHttp2Session = connectHttp2(`http://127.0.0.1:${portOf(listener)}`);
      session.on('error', fail);
      session.on('remoteSettings', ({ maxConcurrentStreams, initialWindowSize }) => {
        session.destroy();
        done([maxConcurrentStreams, initialWindowSize]);
      });
    });
  assert.deepEqual(await told('h2'), [7, 131_072]);
  assert.deepEqual(await told('plain'), [100, 65_536]);
});
