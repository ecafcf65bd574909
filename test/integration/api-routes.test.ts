/**
 * What routes do to requests on a real Envoy: matches and their order, host names, filters, timeouts,
 * upgrades, what answers itself.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, before, test } from 'node:test';
import { Backend, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, http1, type Response } from '../../demo/fakes/http1.ts';
import { grpcReply, Http2Client } from '../../demo/fakes/http2.ts';
import { Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { gateway, grpcRoute, type Manifest, render, service } from '../support/manifests.ts';
import { cli, wasmPath } from '../support/translate.ts';

const to = (name: string, more: Manifest = {}): Manifest => ({ name, port: 3000, ...more });
const prefix = (value: string): Manifest => ({ path: { type: 'PathPrefix', value } });
const exact = (value: string): Manifest => ({ path: { type: 'Exact', value } });
const rule = (matches: Manifest[], more: Manifest = {}): Manifest => ({
  matches,
  backendRefs: [to('main')],
  ...more,
});
const route = (name: string, rules: Manifest[], spec: Manifest = {}): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name, namespace: 'default' },
  spec: {
    parentRefs: [{ name: 'eg', sectionName: 'http' }],
    hostnames: ['www.example.com'],
    rules,
    ...spec,
  },
});
const onlyOn = (sectionName: string, route: Manifest): Manifest => ({
  ...route,
  spec: { ...(route.spec as object), parentRefs: [{ name: 'eg', sectionName }] },
});
const withListeners = (...more: Manifest[]): Manifest[] =>
  gateway().map((m) =>
    m.kind !== 'Gateway'
      ? m
      : {
          ...m,
          spec: {
            gatewayClassName: 'eg',
            listeners: [{ name: 'http', protocol: 'HTTP', port: 8080 }, ...more],
          },
        },
  );

const main = await Backend.start({ address: '127.0.0.11', name: 'main' });
const other = await Backend.start({ address: '127.0.0.12', name: 'other' });
const grpc = await Backend.start({ address: '127.0.0.13', name: 'grpc', protocol: 'h2c' });
const sockets = createServer().on('upgrade', (request, socket) => {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: ${request.headers.upgrade}\r\nconnection: upgrade\r\n\r\n`,
  );
  socket.on('data', (data) => socket.end(`echo ${data}`));
});
let envoy: Envoy;

before(async () => {
  await new Promise<void>((done) => sockets.listen(0, '127.0.0.14', done));
  main.reply = ({ path }) => ({
    delayMs: path.startsWith('/slow') ? 2_000 : 0,
    headers: [
      ['x-secret', 'no'],
      ['x-old', 'old'],
    ],
  });
  grpc.reply = () => grpcReply();
  const set = [{ name: 'x-set', value: '100%' }];
  const manifests = [
    ...withListeners(
      { name: 'wild', protocol: 'HTTP', port: 8081, hostname: '*.example.com' },
      { name: 'api', protocol: 'HTTP', port: 8081, hostname: 'api.example.com' },
    ),
    ...service('main', [main]),
    ...service('other', [other]),
    ...service('grpc', [grpc]),
    ...service('empty', []),
    ...service('sockets', [{ address: '127.0.0.14', port: (sockets.address() as AddressInfo).port }]),
    route('order', [
      rule([prefix('/')], { backendRefs: [to('other')] }),
      rule([prefix('/shop')]),
      rule([exact('/shop/exact')], { backendRefs: [to('other')] }),
      rule([{ ...prefix('/shop'), headers: [{ name: 'x-version', value: '2' }] }], {
        backendRefs: [to('other')],
      }),
      rule([{ ...prefix('/shop'), queryParams: [{ name: 'beta', value: 'yes' }] }], {
        backendRefs: [to('other')],
      }),
      rule([{ ...prefix('/shop'), method: 'DELETE' }], { backendRefs: [to('other')] }),
      rule([{ path: { type: 'RegularExpression', value: '/item/[0-9]+' } }]),
    ]),
    route('filters', [
      rule([prefix('/redirect')], {
        backendRefs: undefined,
        filters: [
          {
            type: 'RequestRedirect',
            requestRedirect: {
              scheme: 'https',
              hostname: 'new.example.com',
              statusCode: 301,
              path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/moved' },
            },
          },
        ],
      }),
      rule([prefix('/rewrite')], {
        filters: [
          {
            type: 'URLRewrite',
            urlRewrite: {
              hostname: 'inner.example.com',
              path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' },
            },
          },
        ],
      }),
      rule([prefix('/full')], {
        filters: [
          {
            type: 'URLRewrite',
            urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath: '/all' } },
          },
        ],
      }),
      rule([prefix('/mirror')], {
        filters: [{ type: 'RequestMirror', requestMirror: { backendRef: to('other') } }],
      }),
      rule([prefix('/headers')], {
        filters: [
          {
            type: 'RequestHeaderModifier',
            requestHeaderModifier: { set, add: [{ name: 'x-add', value: 'b' }], remove: ['x-gone'] },
          },
          {
            type: 'ResponseHeaderModifier',
            responseHeaderModifier: { set: [{ name: 'x-old', value: 'new' }], remove: ['x-secret'] },
          },
        ],
      }),
      rule([prefix('/share')], {
        backendRefs: [
          to('main', {
            filters: [
              {
                type: 'RequestHeaderModifier',
                requestHeaderModifier: { set: [{ name: 'x-share', value: 'main' }] },
              },
              { type: 'URLRewrite', urlRewrite: { hostname: 'share.example.com' } },
            ],
          }),
        ],
      }),
    ]),
    route('answers', [
      rule([prefix('/slow')], { timeouts: { request: '200ms' } }),
      rule([prefix('/nowhere')], { backendRefs: [to('missing')] }),
      rule([prefix('/empty')], { backendRefs: [to('empty')] }),
      rule([prefix('/zero')], { backendRefs: [to('main', { weight: 0 })] }),
      rule([prefix('/half')], { backendRefs: [to('missing', { weight: 1 }), to('main', { weight: 1 })] }),
      rule([prefix('/socket')], { backendRefs: [to('sockets')] }),
    ]),
    route('api', [rule([prefix('/')])], {
      parentRefs: [{ name: 'eg', sectionName: 'api' }],
      hostnames: undefined,
    }),
    route('wild', [rule([prefix('/')], { backendRefs: [to('other')] })], {
      parentRefs: [{ name: 'eg', sectionName: 'wild' }],
      hostnames: ['*.example.com'],
    }),
    onlyOn('http', grpcRoute('calls', 'shop.Cart', 'grpc')),
  ];
  // References that lead nowhere are errors; what then answers is seen with --keep-going.
  const args = ['translate', '-f', '-', '--keep-going', '--format', 'json', '--wasm', wasmPath()];
  const { stdout } = await cli(args, render(manifests));
  envoy = await Envoy.start(JSON.parse(stdout));
});
after(async () => {
  await envoy?.stop();
  sockets.closeAllConnections();
  sockets.close();
  await stopAll([main, other, grpc]);
});

const port = (listener = 'http'): number => envoy.port(`default/eg/${listener}`);
const get = (path: string, headers: [string, string][] = [], more: object = {}): Promise<Response> =>
  http1({ port: port(), path, headers, ...more });
const lastSeen = (backend: Backend) => backend.seen.at(-1)!;

const matches: [path: string, backend: string, headers?: [string, string][], method?: string][] = [
  ['/', 'other'],
  ['/shop', 'main'],
  ['/shop/a', 'main'],
  ['/shopping', 'other'],
  ['/shop/exact', 'other'],
  ['/shop', 'other', [['x-version', '2']]],
  ['/shop', 'main', [['x-version', '3']]],
  ['/shop?beta=yes', 'other'],
  ['/shop?beta=no', 'main'],
  ['/shop', 'other', [], 'DELETE'],
  ['/item/42', 'main'],
  ['/item/x', 'other'],
];
for (const [path, backend, headers = [], method = 'GET'] of matches) {
  test(`match: ${method} ${path} ${headers.flat().join(': ')}`, async () => {
    assert.equal(backendOf(await get(path, headers, { method })), backend);
  });
}

const hosts: [host: string, answer: string | number][] = [
  ['api.example.com', 'main'],
  ['api.example.com:8081', 'main'],
  ['www.example.com', 'other'],
  ['a.b.example.com', 'other'],
  ['example.com', 404],
  ['example.org', 404],
];
for (const [host, answer] of hosts) {
  test(`host name ${host} on a port that two listeners share`, async () => {
    const shared = Object.keys(await envoy.admin.listeners()).find((name) => name !== 'default/eg/http')!;
    const response = await http1({ port: envoy.port(shared), headers: [['Host', host]] });
    if (typeof answer === 'number') assert.equal(response.status, answer);
    else assert.equal(backendOf(response), answer);
  });
}

test('redirect', async () => {
  const response = await get('/redirect/a?q=1');
  assert.equal(response.status, 301);
  assert.deepEqual(response.headers.location, ['https://new.example.com/moved/a?q=1']);
});

test('rewrite of prefix and host, of the full path', async () => {
  for (const [path, wanted] of [
    ['/rewrite/a?q=1', '/a?q=1'],
    ['/rewrite', '/'],
  ] as const) {
    assert.equal((await get(path)).status, 200);
    assert.equal(lastSeen(main).path, wanted);
    assert.equal(lastSeen(main).headers.host, 'inner.example.com');
    assert.equal(lastSeen(main).headers['x-forwarded-host'], 'www.example.com');
  }
  await get('/full/a?q=1');
  assert.equal(lastSeen(main).path, '/all?q=1');
});

test('mirror: both get the request, one answers', async () => {
  assert.equal(backendOf(await get('/mirror')), 'main');
  await eventually('the mirror has it', async () => assert.equal(other.hits.get('/mirror'), 1));
});

test('headers are set, added and removed both ways', async () => {
  const response = await get('/headers', [
    ['x-set', 'client'],
    ['x-add', 'a'],
    ['x-gone', '1'],
  ]);
  const { headers, raw } = lastSeen(main);
  assert.equal(headers['x-set'], '100%');
  assert.deepEqual(
    raw.filter((_, i) => i % 2 === 1 && raw[i - 1]!.toLowerCase() === 'x-add'),
    ['a', 'b'],
  );
  assert.equal(headers['x-gone'], undefined);
  assert.deepEqual(response.headers['x-old'], ['new']);
  assert.equal(response.headers['x-secret'], undefined);
});

test('filters of one backendRef: headers and host', async () => {
  assert.equal((await get('/share')).status, 200);
  assert.equal(lastSeen(main).headers['x-share'], 'main');
  assert.equal(lastSeen(main).headers.host, 'share.example.com');
});

for (const [path, status] of [
  ['/slow', 504],
  ['/nowhere', 500],
  ['/empty', 503],
  ['/zero', 500],
] as const) {
  test(`${path} answers ${status}`, async () => assert.equal((await get(path)).status, status));
}

test('a share that leads nowhere answers 500, the rest is served', async () => {
  const counts = { 200: 0, 500: 0 };
  for (let i = 0; i < 60; i++) counts[(await get('/half')).status as 200 | 500] += 1;
  // 60 even draws: fewer than 10 of one kind in less than one run of 10 million.
  assert.ok(
    counts[200] >= 10 && counts[500] >= 10 && counts[200] + counts[500] === 60,
    JSON.stringify(counts),
  );
});

test('a websocket goes through', async () => {
  const answer = await new Promise<string>((done, fail) => {
    const socket = connect(port(), '127.0.0.1');
    let text = '';
    let asked = false;
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer in 10 s')));
    socket.on('error', fail);
    socket.on('end', () => done(text));
    socket.on('data', (data) => {
      text += data;
      if (!asked && text.includes('\r\n\r\n')) {
        asked = true;
        socket.write('hello');
      }
    });
    socket.write(
      'GET /socket HTTP/1.1\r\nhost: www.example.com\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    );
  });
  assert.match(answer, /^HTTP\/1\.1 101 [\s\S]*echo hello/);
});

test('GRPCRoute: HTTP/2 to the backend, by service and method', async () => {
  const client = await Http2Client.connect(port());
  try {
    const response = await client.grpc('/shop.Cart/Add');
    assert.equal(response.status, 200);
    assert.deepEqual(response.trailers['grpc-status'], ['0']);
    assert.equal(backendOf(response), 'grpc');
    assert.equal(lastSeen(grpc).path, '/shop.Cart/Add');
    assert.equal(
      backendOf(await client.grpc('/shop.CartOther/Add')),
      'other',
      'another service is another route',
    );
  } finally {
    await client.stop();
  }
});
