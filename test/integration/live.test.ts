/**
 * `loadstar run` while its input changes under load: no request fails, none goes to another rule's host, and
 * no connection ends where nothing of its listener changed. What is no good changes nothing.
 */
import assert from 'node:assert/strict';
import { readdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, http1 } from '../../demo/fakes/http1.ts';
import { SteadyLoad } from '../../demo/fakes/steady-load.ts';
import { eventually } from '../support/eventually.ts';
import { LiveRun } from '../support/live-run.ts';
import { consistentHash, gateway, httpRoute, type Manifest, policy, service } from '../support/manifests.ts';

let shop: Backend[] = [];
let other: Backend[] = [];
before(async () => {
  shop = await startBackends(['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14']);
  other = await startBackends(['127.0.0.21', '127.0.0.22']);
});
after(async () => {
  await stopAll([...shop, ...other]);
});

const PORT = 28_080;
const MORE_PORT = 28_081;
const byHeader = (name: string): Manifest => consistentHash({ type: 'Header', header: { name } });

interface World {
  readonly hosts?: readonly Backend[];
  /** Rules before that of /cart: they lead to the other hosts. */
  readonly rules?: readonly string[];
  readonly policy?: Manifest;
  readonly sticky?: boolean;
  readonly listeners?: readonly Manifest[];
}
function manifests({
  hosts = shop.slice(0, 3),
  rules = [],
  policy: spec,
  sticky = false,
  listeners,
}: World = {}): Manifest[] {
  const made = policy('shop', spec ?? byHeader('x-key'));
  const annotations = sticky ? { 'loadstar/utilization-target': '0.8' } : undefined;
  const ports = listeners ?? [{ name: 'http', protocol: 'HTTP', port: PORT }];
  const [gatewayClass, { spec: gatewaySpec, ...gatewayRest } = {} as Manifest] = gateway() as [
    Manifest,
    Manifest,
  ];
  const route = httpRoute({ name: 'shop', path: '/cart' }) as {
    spec: { rules: Manifest[] };
  };
  const first = route.spec.rules[0] as Manifest;
  const others = rules.map((path) => ({
    ...first,
    matches: [{ path: { type: 'PathPrefix', value: path } }],
    backendRefs: [{ name: 'other', port: 3000 }],
  }));
  return [
    gatewayClass,
    { ...gatewayRest, spec: { ...(gatewaySpec as object), listeners: ports } },
    ...service('backend', hosts),
    ...service('other', other),
    { ...route, spec: { ...route.spec, rules: [...others, first] } },
    { ...made, metadata: { ...(made.metadata as object), annotations } },
  ];
}

const load = (paths: readonly string[] = ['/cart']) => new SteadyLoad({ port: PORT, paths, rate: 200 });

async function homes(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let i = 0; i < 60; i++) {
    const key = `key-${i}`;
    found.set(key, backendOf(await http1({ port: PORT, path: '/cart', headers: [['x-key', key]] })));
  }
  return found;
}

/** Every request answered; no connection of a listener ended. */
function unharmed(sent: SteadyLoad): void {
  assert.ok(sent.shots.length > 0);
  assert.deepEqual(sent.failed, []);
  assert.equal(sent.shots.filter(({ closes }) => closes).length, 0);
  assert.equal(sent.goaways, 0);
}

test('the first sticky policy of a listener needs another module: no request fails, and keys stay', async () => {
  const run = await LiveRun.start(manifests());
  const sent = load();
  try {
    const before = await homes();
    const modules = async () =>
      [
        ...(await run.admin.text('/config_dump?resource=ecds_filters')).matchAll(/(loadstar[\w-]*\.wasm)"/g),
      ].map(([, name]) => name);
    assert.deepEqual(await modules(), ['loadstar-pick.wasm']);
    for (let i = 0; i < 3; i++) {
      await run.change(manifests({ sticky: true }));
      assert.deepEqual(await modules(), ['loadstar.wasm']);
      assert.deepEqual(await homes(), before);
      await run.change(manifests());
      assert.deepEqual(await modules(), ['loadstar-pick.wasm']);
      assert.deepEqual(await homes(), before);
    }
    const shots = await sent.stop();
    unharmed(sent);
    for (const { key, backend } of shots) assert.equal(backend, before.get(key) ?? backend);
  } finally {
    await sent.stop();
    await run.stop();
  }
});

test('hosts come and go: every key is at its home or at the new host, and home again after it', async (t) => {
  const run = await LiveRun.start(manifests());
  const sent = load();
  try {
    const before = await homes();
    for (let i = 0; i < 5; i++) {
      const added = await run.change(manifests({ hosts: shop }));
      assert.match(added, /pool httproute\/default\/shop\/rule\/0: \+127\.0\.0\.14:\d+: acknowledged/);
      const during = await homes();
      for (const [key, home] of during) assert.ok(home === before.get(key) || home === shop[3]?.name);
      assert.match(await run.change(manifests()), /-127\.0\.0\.14:\d+: acknowledged/);
      assert.deepEqual(await homes(), before);
    }
    const shots = await sent.stop();
    unharmed(sent);
    for (const { key, backend } of shots) {
      const home = before.get(key);
      if (home !== undefined)
        assert.ok(backend === home || backend === shop[3]?.name, `${key} at ${backend}`);
    }
    t.diagnostic(`${shots.length} requests`);
  } finally {
    await sent.stop();
    await run.stop();
  }
});

test('a host that terminates loses its own keys and no others', async () => {
  const terminating = (serving: boolean): Manifest[] =>
    JSON.parse(
      JSON.stringify(manifests({ hosts: shop })).replace(
        /(\["127\.0\.0\.14"\],"conditions":)\{[^}]*\}/,
        `$1{"ready":false,"serving":${serving},"terminating":true}`,
      ),
    );
  const run = await LiveRun.start(manifests({ hosts: shop }));
  const sent = load();
  try {
    const before = await homes();
    assert.match(await run.change(terminating(true)), /127\.0\.0\.14:\d+ drains: acknowledged/);
    const during = await homes();
    const its = [...before].filter(([, home]) => home === shop[3]?.name).map(([key]) => key);
    assert.ok(its.length > 0);
    for (const [key, home] of during) {
      if (its.includes(key)) assert.notEqual(home, shop[3]?.name);
      else assert.equal(home, before.get(key));
    }
    await run.change(manifests());
    const gone = await homes();
    for (const key of its) assert.equal(gone.get(key), during.get(key), 'they stay where they went');
    await run.change(manifests({ hosts: shop }));
    assert.deepEqual(await homes(), before);
    await sent.stop();
    unharmed(sent);
  } finally {
    await sent.stop();
    await run.stop();
  }
});

test('a rule inserted before another, a policy changed, a listener added: nothing fails, nothing is misled', async () => {
  const run = await LiveRun.start(manifests());
  const sent = load();
  try {
    for (let i = 0; i < 3; i++) {
      assert.match(await run.change(manifests({ rules: ['/new'] })), /rule\/0 added with 2 hosts/);
      assert.match(await run.change(manifests()), /removed/);
    }
    // No route needed the filter, and one does again: no listener changes.
    await run.change(manifests({ policy: { loadBalancer: { type: 'RoundRobin' } } }));
    await run.change(manifests({ policy: byHeader('x-key') }));
    const listeners = [
      { name: 'http', protocol: 'HTTP', port: PORT },
      { name: 'more', protocol: 'HTTP', port: MORE_PORT },
    ];
    assert.match(await run.change(manifests({ listeners })), /listener default\/eg\/more added/);
    assert.equal((await http1({ port: MORE_PORT, path: '/cart' })).status, 200);
    const shots = await sent.stop();
    unharmed(sent);
    const names = new Set(shop.map(({ name }) => name));
    assert.deepEqual(
      shots.filter(({ backend }) => !names.has(backend)),
      [],
      'no request of /cart went to the hosts of another rule',
    );
  } finally {
    await sent.stop();
    await run.stop();
  }
});

test('what is no good is told by its place, and changes nothing; the next good one ends it', async () => {
  const run = await LiveRun.start(manifests());
  const sent = load();
  try {
    const before = await homes();
    const bad = [
      'kind: [',
      '{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "x"}, "spec": {"rules": 7}}',
      ...[0, -1, 70_000].map((port) =>
        JSON.stringify(manifests()).replaceAll(`"port":${PORT}`, `"port":${port}`),
      ),
    ];
    for (const [i, text] of [...bad, ...bad, ...bad, ...bad].entries()) {
      const line = await run.change(`# ${i}\n${text}`, /what Envoy has stays/);
      assert.match(line, /error/);
    }
    assert.match(run.err, /all\.yaml:2:\d+: error/);
    // A file that lost what listens, as one that is cut short on a full disk.
    const rest =
      '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": [{"port": 80}]}}';
    await run.change(rest, /no Gateway of the input listens any more; what Envoy has stays/);
    assert.deepEqual(await homes(), before);
    await run.change(manifests(), /good again/);
    assert.match(await run.change(manifests({ hosts: shop })), /\+127\.0\.0\.14/);
    await sent.stop();
    unharmed(sent);
  } finally {
    await sent.stop();
    assert.equal(await run.stop(), 0);
  }
});

test('the folder is removed and back: what Envoy has stays, and changes count again', async () => {
  const run = await LiveRun.start(manifests());
  try {
    const before = await homes();
    renameSync(run.folder, `${run.folder}-away`);
    await eventually('it is told', () => assert.match(run.err, /does not exist[\s\S]*what Envoy has stays/));
    assert.deepEqual(await homes(), before);
    renameSync(`${run.folder}-away`, run.folder);
    await eventually('and its end', () => assert.match(run.out, /good again/));
    assert.match(await run.change(manifests({ hosts: shop })), /\+127\.0\.0\.14/);
  } finally {
    await run.stop();
  }
});

test('killed, it leaves no Envoy behind', async () => {
  const run = await LiveRun.start(manifests());
  const pid = Number(/pid (\d+)/.exec(run.out)?.[1]);
  run.child.kill('SIGKILL');
  await run.ended;
  await eventually('its Envoy ends', () => assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' }));
  await run.stop();
});

test('its end: Ctrl-C is 0 and leaves no folder; a dead Envoy is told', async () => {
  const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('loadstar-run-'));
  const was = folders();
  const run = await LiveRun.start(manifests());
  assert.equal(folders().length, was.length + 1);
  const pid = Number(/pid (\d+)/.exec(run.out)?.[1]);
  process.kill(pid, 'SIGKILL');
  assert.notEqual(await run.ended, 0);
  assert.match(run.err, /Envoy ended by SIGKILL/);
  await eventually('its folder is gone', () => assert.deepEqual(folders(), was));
  await run.stop();
});
