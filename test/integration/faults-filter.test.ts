/**
 * What a client sees while the filter fails, on a real Envoy: a VM that traps in the middle of many requests,
 * a configuration that it refuses; and forwarded client addresses. docs/FAULTS.md has the results.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, http1 } from '../../demo/fakes/http1.ts';
import { assemble } from '../support/assemble.ts';
import { type Engines, inParallel, startEngines } from '../support/engines.ts';
import { type Bootstrap, Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { count, internal } from '../support/faults-world.ts';
import {
  consistentHash,
  gateway,
  httpRoute,
  type Manifest,
  policy,
  render,
  service,
} from '../support/manifests.ts';
import { cli, translate } from '../support/translate.ts';

const addresses = [11, 12, 13, 14, 15].map((n) => `127.0.0.${n}`);
const byHeader = consistentHash({ type: 'Header', header: { name: 'X-Key' } });

let backends: Backend[] = [];
let folder: string;

/** One route, and how it picks. */
const world = (name: string, loadBalancer: Manifest): Manifest[] => [
  ...gateway(),
  ...service('backend', backends),
  httpRoute({ name }),
  policy(name, loadBalancer),
];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadstar-faults-'));
  backends = await startBackends(addresses);
});
after(async () => {
  await stopAll(backends);
  rmSync(folder, { recursive: true, force: true });
});

test('a VM that traps amid many requests: 503 for some, for the others the same host, nothing internal for anyone', async (t) => {
  const wasm = join(folder, 'trap.wasm');
  writeFileSync(wasm, await assemble('trap'));
  const manifests = world('header', byHeader);
  const broken = await Envoy.start(await translate(manifests, 'filter', { wasm }), { concurrency: 2 });
  const good = await Envoy.start(await translate(manifests, 'filter'));
  const keys = Array.from({ length: 40 }, (_, i) => `key-${i}`);
  const ask = (envoy: Envoy, key: string, trap: boolean) =>
    http1({
      port: envoy.port(),
      path: '/header',
      headers: [
        ['X-Key', key],
        ['X-Loadstar-Host', Buffer.from(backends[0]!.host).toString('base64')],
        ...(trap ? [['X-Test-Trap', '1'] as const] : []),
      ],
    });
  try {
    for (const backend of backends) backend.reply = () => ({});
    const homes = await Promise.all(keys.map(async (key) => backendOf(await ask(good, key, false))));
    const seen = { answered: 0, refused: 0 };
    for (let round = 0; round < 4; round++) {
      const answers = await Promise.all(keys.map((key, i) => ask(broken, key, i % 10 === round)));
      for (const [i, answer] of answers.entries()) {
        assert.deepEqual(internal(backends, answer), []);
        assert.ok(answer.status === 200 || answer.status === 503, String(answer.status));
        if (answer.status === 200) assert.equal(backendOf(answer), homes[i], keys[i]);
        seen[answer.status === 200 ? 'answered' : 'refused']++;
      }
      await eventually('a new VM answers in both workers', async () => {
        const after = await Promise.all(keys.map((key) => ask(broken, key, false)));
        for (const [i, answer] of after.entries()) {
          assert.deepEqual(internal(backends, answer), []);
          assert.equal(answer.status, 200);
          assert.equal(backendOf(answer), homes[i]);
        }
      });
    }
    t.diagnostic(
      `four rounds of 40 requests, four of which trap: ${seen.answered} answered, ${seen.refused} with 503`,
    );
    assert.ok(seen.refused >= 16, 'each request that traps is answered 503');
    assert.ok((await count(broken, '^wasm\\..*vm_reload_success$')) >= 4, 'a new VM each time');
    for (const { seen: requests } of backends) {
      for (const { raw } of requests)
        assert.ok(!raw.some((name) => name.toLowerCase() === 'x-loadstar-host'));
    }
  } finally {
    await Promise.all([broken.stop(), good.stop()]);
  }
});

test('a configuration that the filter refuses: check says it, and Envoy would not have started', async () => {
  const wasm = join(folder, 'refuse.wasm');
  writeFileSync(wasm, await assemble('refuse'));
  const manifests = world('header', byHeader);
  const checked = await cli(['check', '-f', '-', '--wasm', wasm], render(manifests));
  assert.equal(checked.code, 1);
  assert.match(checked.stderr, /The filter refuses its configuration for listener .*: refused by the test/);
  await assert.rejects(translate(manifests, 'filter', { wasm }), /refused by the test/);
  // As if the module had been replaced after the translation.
  const replaced = JSON.stringify(await translate(manifests, 'filter')).replace(
    /"filename":"[^"]*[.]wasm"/g,
    `"filename":${JSON.stringify(wasm)}`,
  );
  await assert.rejects(Envoy.start(JSON.parse(replaced) as Bootstrap), /refused by the test/);
  const good = await cli(['check', '-f', '-'], render(manifests));
  assert.equal(good.code, 0, good.stderr);
});

test('X-Forwarded-For: no client chooses its host by it; with trusted hops filter and Envoy read the same address', async () => {
  const manifests = world('source', consistentHash({ type: 'SourceIP' }));
  for (const backend of backends) backend.reply = () => ({});
  /** What a user may change in the emitted configuration by hand: the manifests have no field for it. */
  const trusting = (bootstrap: Bootstrap): Bootstrap => {
    const text = JSON.stringify(bootstrap).replace(
      '"use_remote_address":true',
      '"use_remote_address":true,"xff_num_trusted_hops":1',
    );
    assert.ok(text.includes('xff_num_trusted_hops'));
    return JSON.parse(text) as Bootstrap;
  };
  const forwarded = Array.from({ length: 30 }, (_, i) =>
    i % 3 === 2 ? `2001:db8::${i}` : `198.51.100.${i}`,
  );
  const ask = async (envoy: Envoy, value: string) =>
    backendOf(await http1({ port: envoy.port(), path: '/source', headers: [['X-Forwarded-For', value]] }));
  for (const trust of [false, true]) {
    const engines: Engines = await startEngines(manifests, {}, (bootstrap) =>
      trust ? trusting(bootstrap) : bootstrap,
    );
    try {
      const filter = await inParallel(forwarded, 4, (value) => ask(engines.filter, value));
      const native = await inParallel(forwarded, 4, (value) => ask(engines.native, value));
      assert.deepEqual(filter, native);
      const hosts = new Set(filter).size;
      assert.ok(
        trust ? hosts > 2 : hosts === 1,
        `${hosts} hosts, ${trust ? 'one hop trusted' : 'none trusted'}`,
      );
      const picks = (await engines.filter.admin.filterStats()).loadstar_picks_total;
      assert.equal(picks, forwarded.length, 'the filter picked');
    } finally {
      await engines.stop();
    }
  }
});
