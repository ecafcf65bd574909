/**
 * `export --to envoy-files` for a real Envoy under load: what changes in the folder, Envoy follows, and no
 * request fails.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { backendOf, http1 } from '../../../demo/fakes/http1.ts';
import { SteadyLoad } from '../../../demo/fakes/steady-load.ts';
import { Envoy } from '../../support/envoy.ts';
import { eventually } from '../../support/eventually.ts';
import { homesOf } from '../../support/live-homes.ts';
import { type Change, World } from '../../support/live-world.ts';
import { type Manifest, render } from '../../support/manifests.ts';
import { cli } from '../../support/translate.ts';

const PORT = 28_650;
const STEADY = 60;
let world: World;
let envoy: Envoy;
let load: SteadyLoad;
const folder = mkdtempSync(join(tmpdir(), 'loadstar-files-'));
const files = join(folder, 'files');

async function write(manifests: readonly Manifest[]): Promise<string> {
  writeFileSync(join(folder, 'in.yaml'), render(manifests));
  const args = ['export', '--to', 'envoy-files', '-f', join(folder, 'in.yaml'), '-o', files];
  const { code, stdout, stderr } = await cli(args);
  assert.equal(code, 0, stderr);
  return stdout;
}

const version = (file: string): string => JSON.parse(readFileSync(join(files, file), 'utf8')).version_info;
const clusters = (): string[] =>
  JSON.parse(readFileSync(join(files, 'cds.json'), 'utf8')).resources.map(
    (one: { name: string }) => one.name,
  );

const followed = (): string[] => readdirSync(files).filter((name) => name.endsWith('.json'));

/** When each change began and was there. */
const times: number[] = [];

/** Writes, waits until Envoy says that it has all files, then for some requests. */
async function change(given: Change): Promise<string> {
  times.push(performance.now());
  const said = await write(world.manifests(given));
  await eventually('Envoy has all files', async () => {
    const text = await envoy.admin.text('/stats?filter=version_text');
    for (const file of followed()) assert.ok(text.includes(version(file)), `${file}: ${text}`);
  });
  times.push(performance.now());
  const seen = load.shots.length;
  await eventually('requests after it', () => {
    if (load.shots.length <= seen + STEADY) throw new Error(`${load.shots.length - seen} answered`);
  });
  return said;
}

before(async () => {
  world = await World.start(PORT);
  await write(world.manifests());
  envoy = await Envoy.start(parse(readFileSync(join(files, 'envoy.yaml'), 'utf8')), { concurrency: 2 });
  load = new SteadyLoad({ port: PORT, paths: ['/cart', '/other'], rate: 100 });
});
after(async () => {
  await load?.stop();
  await envoy?.stop();
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Key → who answered, while there were four hosts. */
const found = new Map<string, string>();

test('a host is added', async () => {
  const said = await change({ hosts: world.hosts });
  assert.match(
    said,
    /cds\.json: replaced\n.*filter\.json: replaced\n.*rds\.json: unchanged\n.*lds\.json: unchanged\n/,
  );
  for (let i = 0; i < 25; i++) {
    const key = `key-${i}`;
    found.set(key, backendOf(await http1({ port: PORT, path: '/cart', headers: [['x-key', key]] })));
  }
});

test('a rule is added before it, then goes: no request ends at the wrong host', async () => {
  await change({ before: ['/more'] });
  await change({});
});

test('the policy goes and comes back', async () => {
  await change({ policy: null });
  await change({});
});

test('a cluster that the listeners of before lead to stays until the next time', async () => {
  const first = clusters();
  const gone = { rule: { matches: [{ path: { type: 'PathPrefix', value: '/cart' } }], name: 'cart' } };
  await change(gone);
  const both = clusters();
  await change(gone);
  const again = clusters();
  assert.ok(first.every((name) => both.includes(name)));
  assert.ok(again.length < both.length);
  await change({});
});

test('nothing is written that is as it was', async () => {
  await change({});
  assert.match(await write(world.manifests()), /^(.*: unchanged\n){5}$/);
});

test('of all that, no request failed, and each found its own hosts', async (t) => {
  const shots = await load.stop();
  const stats = await envoy.admin.stats(
    'no_cluster|connect_fail|rq_pending_fail|rq_overflow|rx_reset|none_healthy',
  );
  assert.deepEqual(load.failed, [], JSON.stringify({ stats, times }));
  assert.ok(shots.length > 0);
  assert.deepEqual(
    shots.filter(({ path, backend }) => backend.startsWith('other') !== (path === '/other')),
    [],
  );
  t.diagnostic(`${shots.length} requests`);
});

// After the load: the table is computed here, and the backends would not answer meanwhile.
test('the new host had the keys that are its own, and the others had theirs', () => {
  const homes = homesOf(world.manifests({ hosts: world.hosts }));
  const names = new Map(world.backends.map(({ host, name }) => [host, name]));
  for (const [key, host] of found)
    assert.deepEqual(
      [host],
      [...homes('/cart', key)].map((home) => names.get(home)),
    );
  assert.ok([...found.values()].includes(world.hosts[3]?.name ?? ''));
});
