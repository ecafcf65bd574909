/**
 * A VM that traps (a test module in the filter's place, in the very configuration that is emitted): the
 * request that trapped is answered 503, the next ones by a new VM; while there is none, keys go where Envoy's
 * own table sends them, which is where the filter sends them too; and nothing internal is seen by the client
 * at any time.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, http1, type Response } from '../../demo/fakes/http1.ts';
import { assemble } from '../support/assemble.ts';
import { Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { consistentHash, gateway, httpRoute, policy, service } from '../support/manifests.ts';
import * as orca from '../support/orca.ts';
import { translate } from '../support/translate.ts';

const keys = Array.from({ length: 30 }, (_, i) => `key-${i}`);
let backends: Backend[] = [];
let broken: Envoy;
let native: Envoy;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadstar-trap-'));
  const wasm = join(folder, 'trap.wasm');
  writeFileSync(wasm, await assemble('trap'));
  backends = await startBackends(['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14']);
  const manifests = [
    ...gateway(),
    ...service('backend', backends),
    httpRoute({ name: 'header' }),
    policy('header', consistentHash({ type: 'Header', header: { name: 'X-Key' } })),
    httpRoute({ name: 'utilization' }),
    policy('utilization', { loadBalancer: { type: 'BackendUtilization', backendUtilization: {} } }),
  ];
  broken = await Envoy.start(await translate(manifests, 'filter', { wasm }));
  native = await Envoy.start(await translate(manifests, 'native'));
});
after(async () => {
  await broken?.stop();
  await native?.stop();
  await stopAll(backends);
  rmSync(folder, { recursive: true, force: true });
});

const ask = async (envoy: Envoy, path: string, headers: [string, string][] = []): Promise<Response> => {
  const response = await http1({ port: envoy.port(), path, headers });
  const shown = [...Object.entries(response.headers), ...Object.entries(response.trailers)];
  for (const [name, values] of shown) {
    assert.ok(
      !name.startsWith('x-loadstar') && !name.startsWith('endpoint-load-metrics'),
      `${name}: ${values}`,
    );
    for (const { host } of backends) {
      const hint = Buffer.from(host).toString('base64').replace(/=+$/, '');
      assert.ok(!values.some((value) => value.includes(host) || value.includes(hint)), `${name}: ${values}`);
    }
  }
  return response;
};

test('on the way in: one 503, then the same hosts as before', async (t) => {
  const expected = await Promise.all(
    keys.map(async (key) => backendOf(await ask(native, '/header', [['X-Key', key]]))),
  );
  const trapped = await ask(broken, '/header', [
    ['X-Key', 'any'],
    ['X-Test-Trap', '1'],
  ]);
  assert.equal(trapped.status, 503);
  let refused = 0;
  await eventually(
    'a new VM answers',
    async () => {
      const response = await ask(broken, '/header', [['X-Key', keys[0]!]]);
      if (response.status !== 200) refused++;
      assert.equal(response.status, 200);
    },
    15_000,
    10,
  );
  t.diagnostic(`${refused} more answers of 503 until the new VM`);
  for (const [i, key] of keys.entries()) {
    assert.equal(backendOf(await ask(broken, '/header', [['X-Key', key]])), expected[i], key);
  }
  assert.match(broken.log, /unreachable/, 'the trap is in Envoy’s log');
});

test('again and again: each time it recovers', async () => {
  for (let i = 0; i < 3; i++) {
    assert.equal((await ask(broken, '/header', [['X-Test-Trap', '1']])).status, 503);
    await eventually(
      'a new VM answers',
      async () => {
        assert.equal((await ask(broken, '/header', [['X-Key', 'k']])).status, 200);
      },
      30_000,
    );
  }
});

test('on the way back, in front of the balancer: no report reaches the client, and the route recovers', async () => {
  for (const backend of backends) {
    backend.reply = ({ headers }) => ({
      headers: [
        ...orca.json(0.5),
        ...(headers['x-ask-trap'] === undefined ? [] : [['x-test-trap', '1'] as const]),
      ],
    });
  }
  try {
    assert.equal((await ask(broken, '/utilization')).status, 200);
    const trapped = await ask(broken, '/utilization', [['X-Ask-Trap', '1']]);
    assert.ok(trapped.status === 503 || trapped.status === 200, String(trapped.status));
    await eventually(
      'a new VM answers',
      async () => {
        assert.equal((await ask(broken, '/utilization')).status, 200);
      },
      30_000,
    );
  } finally {
    for (const backend of backends) backend.reply = () => ({});
  }
});

test('a configuration that the filter refuses keeps Envoy from starting, with one line that says why', async () => {
  const bootstrap = await translate(
    [
      ...gateway(),
      ...service('backend', backends),
      httpRoute({ name: 'header' }),
      policy('header', consistentHash({ type: 'Header', header: { name: 'X-Key' } })),
    ],
    'filter',
  );
  const refused = JSON.parse(
    JSON.stringify(bootstrap).replace('{\\"role\\":\\"select\\"', '{\\"rule\\":\\"select\\"'),
  );
  assert.notDeepEqual(refused, bootstrap, 'the test has found the place');
  await assert.rejects(Envoy.start(refused), /loadstar: configuration refused/);
});
