/** As envoy-gateway.test.ts: pools that are sticky until hot, and listeners with TLS. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf } from '../../demo/fakes/http1.ts';
import { issue } from '../support/certificates.ts';
import type { Envoy } from '../support/envoy.ts';
import { sendMany } from '../support/send.ts';
import { askTls } from '../support/tls-client.ts';
import { ADDRESSES, exported, through } from './gateway.ts';
import { manifests } from './manifests.ts';

let backends: Backend[] = [];
before(async () => {
  backends = await startBackends(ADDRESSES);
});
after(() => stopAll(backends));

/** How many of 100 keys the first host has. */
async function keysOfFirst(envoy: Envoy): Promise<number> {
  let first = 0;
  for (let key = 0; key < 100; key++) {
    const [answer] = await sendMany(envoy, { path: '/', headers: [['x-key', `k${key}`]] }, 1, 1);
    if (answer !== undefined && backendOf(answer) === backends[0]?.name) first += 1;
    assert.equal('endpoint-load-metrics' in (answer?.headers ?? {}), false);
  }
  return first;
}

test('sticky until hot: a hot host gives keys away', async (t) => {
  const text = manifests(backends, 'sticky');
  const patches = await exported(text);
  await through(
    text,
    async (envoy) => {
      for (const backend of backends) backend.reply = () => ({});
      const calm = await keysOfFirst(envoy);
      for (const [i, backend] of backends.entries())
        backend.reply = () => ({
          headers: [['endpoint-load-metrics', `TEXT application_utilization=${i === 0 ? 0.95 : 0.1}`]],
        });
      let hot = calm;
      for (let round = 0; round < 20 && hot > calm / 2; round++) {
        await new Promise((done) => setTimeout(done, 300));
        // Side by side: a host that carries no load is not hot, whatever it reports.
        [hot = calm] = await Promise.all(Array.from({ length: 8 }, () => keysOfFirst(envoy)));
      }
      t.diagnostic(`keys of the first host of 100: ${calm}, hot ${hot}`);
      assert.ok(hot <= calm / 2, `${calm}, then ${hot}`);
    },
    patches,
  );
});

test('listeners with TLS: the filter picks, clients cannot choose', async () => {
  const shown = issue({ name: 'www.example.com', dnsNames: ['www.example.com'] });
  const text = manifests(backends, 'header', shown);
  const hint = Buffer.from(`${ADDRESSES[0]}:${backends[0]?.port}`).toString('base64');
  await through(
    text,
    async (envoy) => {
      for (const backend of backends) backend.reply = () => ({});
      const homes = new Set<string>();
      const spoofings: Record<string, string>[] = [{}, { 'x-loadstar-host': hint }];
      for (const spoofed of spoofings) {
        const answer = await askTls({
          port: envoy.port(),
          ca: shown.certificate,
          name: 'www.example.com',
          headers: { 'x-key': 'bob', ...spoofed },
        });
        assert.equal(answer.status, 200);
        homes.add(String(answer.headers['x-backend']));
      }
      assert.equal(homes.size, 1);
      const stats = await envoy.admin.filterStats();
      assert.ok(
        Object.entries(stats).some(([name, value]) => /pick/.test(name) && value > 0),
        JSON.stringify(stats),
      );
    },
    await exported(text),
    shown,
  );
});
