/**
 * sessionPersistence on a real Envoy with both engines: by cookie and by header, beside a policy whose hosts
 * the filter picks, and what a client makes up.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, http1 } from '../../demo/fakes/http1.ts';
import * as build from '../../demo/fakes/manifests.ts';
import { type Engines, nameOf, startEngines } from '../support/engines.ts';
import { consistentHash, gateway, type Manifest, policy, service } from '../support/manifests.ts';

const sessions: Record<string, Manifest> = {
  cookie: { sessionName: 's' },
  unnamed: {},
  permanent: { sessionName: 'p', absoluteTimeout: '1h', cookieConfig: { lifetimeType: 'Permanent' } },
  header: { type: 'Header', sessionName: 'X-Session' },
  keyed: { sessionName: 'k' },
};

let backends: Backend[] = [];
let engines: Engines;
before(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12', '127.0.0.13']);
  const route = (name: string, sessionPersistence: Manifest) =>
    build.httpRoute(name, [build.rule(`/${name}`, { sessionPersistence })]);
  engines = await startEngines([
    ...gateway(),
    ...service('backend', backends),
    ...Object.entries(sessions).map(([name, session]) => route(name, session)),
    policy('keyed', consistentHash({ type: 'Header', header: { name: 'x-user' } })),
  ]);
});
after(async () => {
  await engines?.stop();
  await stopAll(backends);
});

const TIMES = 12;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

for (const engine of ['filter', 'native'] as const) {
  const ask = (path: string, ...headers: (readonly [string, string])[]) =>
    http1({ path, headers, port: engines[engine].port() });
  /** The `set-cookie` of a session, its name and value, and who answered. */
  async function begin(path: string, ...headers: (readonly [string, string])[]) {
    const answer = await ask(path, ...headers);
    const [line = '', ...others] = answer.headers['set-cookie'] ?? [];
    assert.deepEqual(others, []);
    return { line, pair: line.split(';')[0]!, host: backendOf(answer), headers: answer.headers };
  }
  async function stays(path: string, host: string, header: readonly [string, string]): Promise<void> {
    for (let i = 0; i < TIMES; i++) {
      const answer = await ask(path, header);
      assert.equal(backendOf(answer), host);
      assert.equal(answer.headers['set-cookie'], undefined, 'the session goes on');
    }
  }

  for (const [name, attributes] of [
    ['cookie', /^s="[^"]+"; Path=\/cookie; HttpOnly$/],
    ['unnamed', /^httproute-default-unnamed-rule-0="[^"]+"; Path=\/unnamed; HttpOnly$/],
    ['permanent', /^p="[^"]+"; Max-Age=3600; Path=\/permanent; HttpOnly$/],
  ] as const)
    test(`${engine}, ${name}: a client stays at the host that its cookie names`, async () => {
      const { line, pair, host } = await begin(`/${name}`);
      assert.match(line, attributes);
      await stays(`/${name}/below`, host, ['cookie', pair]);
    });

  test(`${engine}: without a cookie requests are spread`, async () => {
    const hosts = new Set<string>();
    for (let i = 0; i < 60; i++) hosts.add((await begin('/cookie')).host);
    assert.equal(hosts.size, backends.length);
  });

  test(`${engine}: a header names the host`, async () => {
    const first = await ask('/header');
    const [token = ''] = first.headers['x-session'] ?? [];
    const host = Buffer.from(token, 'base64').toString();
    assert.equal(nameOf(backends, host), backendOf(first));
    for (let i = 0; i < TIMES; i++)
      assert.equal(backendOf(await ask('/header', ['X-Session', token])), backendOf(first));
  });

  test(`${engine}: a session comes before the key of a policy, which places the first request`, async () => {
    const user = (name: string) => ['x-user', name] as const;
    const { pair, host } = await begin('/keyed', user('anna'));
    for (let i = 0; i < 3; i++) assert.equal((await begin('/keyed', user('anna'))).host, host);
    let other = '';
    for (let i = 0; other === ''; i++) {
      const next = await begin('/keyed', user(`user-${i}`));
      if (next.host !== host) other = `user-${i}`;
    }
    for (let i = 0; i < TIMES; i++) {
      const answer = await ask('/keyed', user(other), ['cookie', pair]);
      assert.equal(backendOf(answer), host);
      assert.deepEqual(
        Object.keys(answer.headers).filter((name) => name.includes('loadstar')),
        [],
      );
    }
  });

  test(`${engine}: no token leads to what is no host of the pool`, async () => {
    const admin = `127.0.0.1:${engines[engine].admin.port}`;
    for (const host of [admin, '127.0.0.99:80', 'localhost:80', '', '\n\x7f127', 'x'.repeat(2000)]) {
      const { host: answered, line } = await begin('/cookie', ['cookie', `s=${base64(host)}`]);
      assert.ok(backends.some(({ name }) => name === answered));
      assert.notEqual(line, '', 'a session begins');
      assert.equal((await ask('/header', ['x-session', base64(host)])).status, 200);
    }
    assert.equal((await ask('/cookie', ['cookie', 's=%%%'], ['x-loadstar-host', base64(admin)])).status, 200);
  });
}
