/**
 * Every documented policy on the official Envoy image with the filter and a configuration of envoy/compose:
 * what a client of such a deployment sees. The backends are containers too.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { backendOf, http1 } from '../../demo/fakes/http1.ts';
import { eventually } from '../support/eventually.ts';
import { containerTest, root, skip } from './support/docker.ts';
import { getter, grpcClient, spread } from './support/load.ts';
import type { Official } from './support/official.ts';

const names = ['backend-1', 'backend-2', 'backend-3', 'backend-4'];
let stage: Official;

before(
  async () => {
    if (skip !== false) return;
    // Imported only now: support/docker.ts has set what testcontainers reads when it loads.
    const { startOfficial } = await import('./support/official.ts');
    stage = await startOfficial(join(root, 'envoy/compose/manifests'));
  },
  { timeout: 300_000 },
);
after(() => stage?.stop());

const load = async (
  path: string,
  n: number,
  headers: (i: number) => readonly [string, string][] = () => [],
) => {
  const { get, close } = getter(stage.port, path);
  const counts = await spread(n, (i) => get(headers(i)));
  close();
  return counts;
};

/** Lines at warning or worse, but for the one about a limit that only whoever deploys can choose. */
const complaints = async (): Promise<string[]> =>
  (await stage.log())
    .split('\n')
    .filter(
      (line) =>
        /\[(warning|error|critical)\]/.test(line) && !line.includes('global_downstream_max_connections'),
    );

containerTest('the official image starts with the filter, without a warning', async () => {
  assert.equal((await stage.admin.text('/ready')).trim(), 'LIVE');
  assert.match(await stage.admin.text('/server_info'), /"version": "[^"]*\/1\.40\.0\//);
  assert.deepEqual(await complaints(), []);
});

containerTest('/round: each backend in turn', async () => {
  assert.deepEqual(await load('/round', 100), Object.fromEntries(names.map((name) => [name, 25])));
});

containerTest('/random and /least: every backend gets some', async () => {
  assert.deepEqual(Object.keys(await load('/random', 400)).sort(), names);
  assert.deepEqual(Object.keys(await load('/least', 400)).sort(), names);
});

containerTest('/source: all requests of one address to one backend', async () => {
  assert.deepEqual(Object.values(await load('/source', 100)), [100]);
});

containerTest(
  '/header: one value, one backend; many values, all backends; counted by the filter',
  async () => {
    assert.deepEqual(Object.values(await load('/header', 100, () => [['FooBar', '1.2.3.4']])), [100]);
    assert.deepEqual(
      Object.keys(await load('/header', 400, (i) => [['FooBar', `10.0.0.${i}`]])).sort(),
      names,
    );
    const stats = await stage.admin.filterStats();
    assert.ok(stats.loadstar_picks_total! >= 500, `picks: ${JSON.stringify(stats)}`);
  },
);

containerTest('/header: a client cannot choose its backend by our own header', async () => {
  const mine = await http1({ port: stage.port, path: '/header', headers: [['FooBar', 'a']] });
  for (const host of stage.hosts) {
    const forged = await http1({
      port: stage.port,
      path: '/header',
      headers: [
        ['FooBar', 'a'],
        ['x-loadstar-host', Buffer.from(host).toString('base64')],
      ],
    });
    assert.equal(backendOf(forged), backendOf(mine));
    assert.equal(forged.headers['x-loadstar-host'], undefined);
  }
});

containerTest('/cookie: made for a client that has none, in Envoy’s form, and kept to', async () => {
  const first = await http1({ port: stage.port, path: '/cookie' });
  const lines = first.headers['set-cookie'] ?? [];
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^FooBar="[0-9a-f]{16}"; Max-Age=60; SameSite=Strict; Path=\/; HttpOnly$/);
  const cookie = lines[0]!.split(';')[0]!;
  const counts = await load('/cookie', 50, () => [['cookie', `other=1; ${cookie}`]]);
  assert.deepEqual(counts, { [backendOf(first)]: 50 });
  const again = await http1({ port: stage.port, path: '/cookie', headers: [['cookie', cookie]] });
  assert.equal(again.headers['set-cookie'], undefined);
});

const reportsIn = (fields: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(fields).filter((name) => name.startsWith('endpoint-load'));

/** A report of cpu in a form of the documents. */
const forms: Record<string, (cpu: number) => Record<string, string>> = {
  'JSON without rps': (cpu) => ({
    'endpoint-load-metrics': `JSON {"cpu_utilization": ${cpu}, "mem_utilization": 0.8}`,
  }),
  'TEXT with short names': (cpu) => ({ 'endpoint-load-metrics': `TEXT cpu=${cpu},mem=0.8,foo_bytes=123` }),
  binary: (cpu) => {
    const bytes = Buffer.alloc(9, 0x09);
    bytes.writeDoubleLE(cpu, 1);
    return { 'endpoint-load-metrics-bin': bytes.toString('base64') };
  },
};

for (const [hot, [form, header]] of Object.entries(forms).entries()) {
  const name = `/utilization: ${form} is repaired: the loaded backend gets less, the client sees no report`;
  containerTest(name, async () => {
    // Each form loads another backend: weights outlive reports by minutes, so the same one would prove
    // nothing.
    for (const i of names.keys()) await stage.report(i, { headers: header(i === hot ? 0.9 : 0.3) });
    const { get, close } = getter(stage.port, '/utilization');
    await eventually('the weights have moved', async () => {
      const counts = await spread(300, () => get());
      // Even would be 75; with a weight of 1/0.9 among three of 1/0.3 it is 30, and less as its own rate
      // falls.
      assert.ok((counts[names[hot]!] ?? 0) < 50, `${form}: ${JSON.stringify(counts)}`);
    });
    const answer = await get();
    assert.deepEqual(reportsIn(answer.headers), []);
    close();
    for (const i of names.keys()) await stage.report(i, {});
  });
}

containerTest(
  '/utilization: the documents’ malformed report is refused, counted, and still not sent on',
  async () => {
    for (const i of names.keys())
      await stage.report(i, { headers: { 'endpoint-load-metrics-bin': 'Cg4KCHNvbWUta2V5Eg0AAAAAAADwPw==' } });
    const before = await stage.admin.filterStats();
    const answer = await http1({ port: stage.port, path: '/utilization' });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['endpoint-load-metrics-bin'], undefined);
    const now = await stage.admin.filterStats();
    assert.equal(
      now.loadstar_reports_binary_refused_total! - (before.loadstar_reports_binary_refused_total ?? 0),
      1,
    );
    for (const i of names.keys()) await stage.report(i, {});
  },
);

containerTest(
  'gRPC: a report in the trailers moves the weights and is stripped from the trailers',
  async () => {
    for (const i of names.keys())
      await stage.report(i, { trailers: { 'endpoint-load-metrics': `TEXT cpu=${i === 3 ? 0.9 : 0.3}` } });
    const { call, close } = await grpcClient(stage.port);
    await eventually('the weights have moved', async () => {
      const counts = await spread(300, call);
      assert.ok((counts['backend-4'] ?? 0) < 50, JSON.stringify(counts));
    });
    const answer = await call();
    await close();
    assert.equal(answer.trailers['grpc-status']?.[0], '0');
    assert.deepEqual(reportsIn(answer.trailers), []);
    assert.ok((await stage.admin.filterStats()).loadstar_reports_trailer_total! > 0);
  },
);

containerTest('after all of it: no error in Envoy’s log, one process all along', async () => {
  assert.deepEqual(await complaints(), []);
});
