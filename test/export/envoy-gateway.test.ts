/**
 * `export --to envoy-gateway` through Envoy Gateway's own translator into a real Envoy. By hand: `npm run
 * test:export`. Its exit code says nothing of patches that hit nothing, so what they add is looked for.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf } from '../../demo/fakes/http1.ts';
import type { Envoy } from '../support/envoy.ts';
import { sendMany } from '../support/send.ts';
import { cli } from '../support/translate.ts';
import { judged } from './egctl.ts';
import { ADDRESSES, exported, through } from './gateway.ts';
import { manifests } from './manifests.ts';

let backends: Backend[] = [];

before(async () => {
  backends = await startBackends(ADDRESSES);
});
after(() => stopAll(backends));

/** The first says 0.9, the others 0.3, in words that Envoy does not know; on headers and in trailers. */
const reporting = () =>
  backends.forEach((backend, i) => {
    const report = `TEXT cpu=${i === 0 ? 0.9 : 0.3},mem=0.8,foo_bytes=123`;
    backend.reply = () => ({ headers: [['endpoint-load-metrics', report]] });
  });

/** The share of the first backend once weights are there, and how many answers show a report. */
async function share(envoy: Envoy): Promise<{ readonly first: number; readonly shown: number }> {
  let answers = await sendMany(envoy, { path: '/' }, 240);
  for (let round = 0; round < 3; round++) {
    await new Promise((done) => setTimeout(done, 900));
    answers = await sendMany(envoy, { path: '/' }, 240);
  }
  return {
    first: answers.filter((one) => backendOf(one) === backends[0]?.name).length,
    shown: answers.filter(({ headers }) => 'endpoint-load-metrics' in headers).length,
  };
}

test('load reports are repaired: the busy host gets a tenth, alone it gets a quarter', async (t) => {
  reporting();
  const text = manifests(backends, 'utilization');
  const patches = await exported(text);
  await through(
    text,
    async (envoy) => {
      const { first, shown } = await share(envoy);
      t.diagnostic(`with the export ${first} of 240`);
      assert.ok(first > 0 && first <= 40, `${first} of 240`);
      assert.equal(shown, 0);
    },
    patches,
  );
  await through(
    text,
    async (envoy) => {
      const { first } = await share(envoy);
      t.diagnostic(`Envoy Gateway alone ${first} of 240`);
      assert.ok(first >= 50, `${first} of 240`);
    },
    '',
  );
});

test('the filter picks for a Backend of addresses; clients cannot choose, nor see', async () => {
  const text = manifests(backends, 'header');
  const hint = Buffer.from(`${ADDRESSES[0]}:${backends[0]?.port}`).toString('base64');
  const request = { path: '/', headers: [['x-key', 'bob']] as const };
  const found = new Set<string>();
  for (const patches of [await exported(text), ''])
    await through(
      text,
      async (envoy) => {
        for (const backend of backends) backend.seen.length = 0;
        const spoofed = [...request.headers, ['x-loadstar-host', hint]] as [string, string][];
        const answers = [
          ...(await sendMany(envoy, { ...request, headers: [['x-key', 'bob']] }, 8)),
          ...(patches === '' ? [] : await sendMany(envoy, { ...request, headers: spoofed }, 8)),
        ];
        for (const answer of answers) {
          found.add(backendOf(answer));
          assert.equal('x-loadstar-host' in answer.headers, false);
        }
        if (patches === '') return;
        const picks = await envoy.admin.filterStats();
        assert.ok(
          Object.entries(picks).some(([name, value]) => /pick/.test(name) && value > 0),
          JSON.stringify(picks),
        );
        const seen = backends.flatMap((one) => one.seen).flatMap(({ headers }) => JSON.stringify(headers));
        assert.ok(seen.every((headers) => !headers.includes('x-loadstar-host')));
      },
      patches,
    );
  assert.equal(found.size, 1, 'the same home, with the export and without');
});

test('weights of backends count under a hash', async (t) => {
  const text = manifests(backends, 'weights');
  const counts: number[] = [];
  for (const patches of [await exported(text), ''])
    await through(
      text,
      async (envoy) => {
        let first = 0;
        for (let i = 0; i < 200; i++) {
          const [answer] = await sendMany(envoy, { path: '/', headers: [['x-key', `k${i}`]] }, 1, 1);
          if (answer !== undefined && [0, 1].some((one) => backendOf(answer) === backends[one]?.name))
            first += 1;
        }
        counts.push(first);
      },
      patches,
    );
  t.diagnostic(
    `of 200 keys at weight 9 to 1: with the export ${counts[0]}, Envoy Gateway alone ${counts[1]}`,
  );
  assert.ok((counts[0] ?? 0) >= 160 && (counts[1] ?? 200) <= 130, String(counts));
});

test('the ConfigMap and the EnvoyProxy are accepted, and every patch finds its place', async () => {
  const text = manifests(backends, 'utilization');
  const { code, stdout, stderr } = await cli(['export', '--to', 'envoy-gateway', '-f', '-'], text);
  assert.equal(code, 0, stderr);
  const printed = judged(text, stdout);
  assert.match(printed, /EnvoyProxy has been accepted/);
  assert.doesNotMatch(printed, /ResourceNotFound|InvalidJSONPatch|unable to/i);
  for (const part of ['loadstar.report', 'loadstar.strip'])
    assert.ok(printed.split('\nxds:')[1]?.includes(`name: ${part}`), part);
});
