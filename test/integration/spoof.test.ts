/**
 * What a client gets that sends internal headers with another host's address: nothing; neither it nor the
 * upstream sees one.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, http1, type Request, type Response } from '../../demo/fakes/http1.ts';
import { Http2Client } from '../../demo/fakes/http2.ts';
import { Envoy } from '../support/envoy.ts';
import { consistentHash, gateway, httpRoute, policy, service } from '../support/manifests.ts';
import { translate } from '../support/translate.ts';

let backends: Backend[] = [];
let h2: Backend[] = [];
let envoy: Envoy;

const byHeader = consistentHash({ type: 'Header', header: { name: 'X-Key' } });

before(async () => {
  const addresses = ['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14'];
  backends = await startBackends(addresses);
  h2 = await startBackends(addresses, { protocol: 'h2c' });
  envoy = await Envoy.start(
    await translate(
      [
        ...gateway(),
        ...service('backend', backends),
        ...service('h2', h2, { appProtocol: 'kubernetes.io/h2c' }),
        httpRoute({ name: 'header' }),
        policy('header', byHeader),
        httpRoute({ name: 'h2', backends: { h2: 1 } }),
        policy('h2', byHeader),
        httpRoute({ name: 'load', backends: { h2: 1 } }),
        policy('load', { loadBalancer: { type: 'BackendUtilization', backendUtilization: {} } }),
        httpRoute({ name: 'load-kept', backends: { h2: 1 } }),
        policy('load-kept', {
          loadBalancer: { type: 'BackendUtilization', backendUtilization: { keepResponseHeaders: true } },
        }),
        httpRoute({ name: 'round' }),
        policy('round', { loadBalancer: { type: 'RoundRobin' } }),
      ],
      'filter',
    ),
  );
});
after(async () => {
  await envoy?.stop();
  await stopAll([...backends, ...h2]);
});

const hint = (backend: Backend): string => Buffer.from(backend.host).toString('base64');

/** No internal header, and no backend's address in any form, in what the client received. */
function assertClean(response: Response): void {
  const all = [...Object.entries(response.headers), ...Object.entries(response.trailers)];
  for (const [name, values] of all) {
    assert.ok(!name.startsWith('x-loadstar'), `${name}: ${values}`);
    for (const backend of [...backends, ...h2]) {
      for (const form of [backend.host, backend.address, hint(backend).replace(/=+$/, '')]) {
        assert.ok(!values.some((value) => value.includes(form)), `${name}: ${values}`);
      }
    }
  }
}

/** Nor did any upstream see one. */
function assertUpstreamsClean(): void {
  for (const backend of [...backends, ...h2]) {
    for (const seen of backend.seen) {
      const names = [...seen.raw, ...seen.trailers]
        .filter((_, i) => i % 2 === 0)
        .map((name) => name.toLowerCase());
      const internal = names.filter(
        (name) => name.startsWith('x-loadstar') || name.startsWith('endpoint-load-metrics'),
      );
      assert.deepEqual(internal, []);
    }
  }
}

const spoofs: Record<string, (victim: Backend) => Pick<Request, 'headers' | 'trailers'>> = {
  'in lower case': (victim) => ({ headers: [['x-loadstar-host', hint(victim)]] }),
  'in capitals': (victim) => ({ headers: [['X-LOADSTAR-HOST', hint(victim)]] }),
  'in mixed case': (victim) => ({ headers: [['X-Loadstar-Host', hint(victim)]] }),
  repeated: (victim) => ({
    headers: [
      ['x-loadstar-host', hint(victim)],
      ['X-LoadStar-Host', hint(victim)],
      ['x-loadstar-host', 'junk'],
    ],
  }),
  'as a list': (victim) => ({ headers: [['x-loadstar-host', `${hint(victim)},${hint(victim)}`]] }),
  'not in base64': (victim) => ({ headers: [['x-loadstar-host', victim.host]] }),
  empty: () => ({ headers: [['x-loadstar-host', '']] }),
  'with load reports': (victim) => ({
    headers: [
      ['x-loadstar-host', hint(victim)],
      ['Endpoint-Load-Metrics', 'TEXT cpu=0.1'],
      ['endpoint-load-metrics-bin', 'AAAA'],
    ],
  }),
  'in a trailer': (victim) => ({ trailers: [['x-loadstar-host', hint(victim)]] }),
};

for (const [name, spoof] of Object.entries(spoofs)) {
  test(`HTTP/1, ${name}`, async () => {
    for (let i = 0; i < 8; i++) {
      const key: [string, string] = ['X-Key', `key-${i}`];
      const honest = await http1({ port: envoy.port(), path: '/header', headers: [key] });
      assertClean(honest);
      for (const victim of backends) {
        const { headers = [], trailers } = spoof(victim);
        const method = trailers === undefined ? 'GET' : 'POST';
        const response = await http1({
          port: envoy.port(),
          path: '/header',
          method,
          headers: [key, ...headers],
          trailers,
        });
        assert.equal(response.status, 200);
        assert.equal(backendOf(response), backendOf(honest), `${victim.name} was asked for`);
        assertClean(response);
      }
    }
    assertUpstreamsClean();
  });
}

test('without a key the filter picks nothing, and the client’s header still counts for nothing', async () => {
  const victim = backends[2]!;
  for (const path of ['/header', '/round']) {
    const hosts = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const response = await http1({
        port: envoy.port(),
        path,
        headers: [['x-loadstar-host', hint(victim)]],
      });
      assertClean(response);
      hosts.add(backendOf(response));
    }
    // Forty random draws on one of four hosts: 4^-39.
    assert.ok(hosts.size > 1, `${path}: ${[...hosts]}`);
  }
  assertUpstreamsClean();
});

test('HTTP/2 through to an HTTP/2 upstream: headers and trailers', async () => {
  const client = await Http2Client.connect(envoy.port());
  try {
    for (let i = 0; i < 8; i++) {
      const key = { 'x-key': `key-${i}` };
      const honest = await client.request({ path: '/h2', headers: key });
      for (const victim of h2) {
        const internal = {
          'x-loadstar-host': hint(victim),
          'endpoint-load-metrics': 'TEXT cpu=0.1',
          'endpoint-load-metrics-bin': 'AAAA',
        };
        const response = await client.request({
          path: '/h2',
          headers: { ...key, ...internal },
          trailers: internal,
        });
        assert.equal(response.status, 200);
        assert.equal(backendOf(response), backendOf(honest));
        assertClean(response);
      }
    }
  } finally {
    await client.stop();
  }
  assertUpstreamsClean();
});

for (const path of ['/load', '/load-kept']) {
  test(`HTTP/2 to hosts chosen by their load, ${path}: trailers of a client, headers and trailers of a backend`, async () => {
    const victim = h2[3]!;
    const internal = { 'x-loadstar-host': hint(victim), 'endpoint-load-metrics': 'TEXT cpu=0.1' };
    for (const backend of h2) {
      backend.reply = () => ({
        headers: [['x-loadstar-host', hint(victim)]],
        trailers: [['x-loadstar-host', hint(victim)]],
      });
    }
    const client = await Http2Client.connect(envoy.port());
    try {
      for (let i = 0; i < 8; i++) {
        const response = await client.request({ path, headers: internal, trailers: internal });
        assert.equal(response.status, 200);
        assertClean(response);
      }
    } finally {
      await client.stop();
      for (const backend of h2) backend.reply = () => ({});
    }
    assertUpstreamsClean();
  });
}

test('a backend that answers with internal headers tells the client nothing', async () => {
  const victim = backends[3]!;
  for (const backend of [...backends, ...h2]) {
    backend.reply = () => ({
      headers: [['x-loadstar-host', hint(victim)]],
      trailers: [['x-loadstar-host', hint(victim)]],
    });
  }
  const client = await Http2Client.connect(envoy.port());
  try {
    assertClean(await http1({ port: envoy.port(), path: '/header', headers: [['X-Key', 'a']] }));
    assertClean(await client.request({ path: '/h2', headers: { 'x-key': 'a' } }));
  } finally {
    await client.stop();
    for (const backend of [...backends, ...h2]) backend.reply = () => ({});
  }
});
