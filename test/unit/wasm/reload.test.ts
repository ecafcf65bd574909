/**
 * Configurations that replace one another in one VM of dist/loadstar.wasm, in Envoy's order: the new root
 * context is configured, then the old one deleted, and its streams end when they end. What belongs to the
 * hosts goes on.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Stream } from '../../../host/wasm/stream.ts';
import { Vm } from '../../../host/wasm/vm.ts';
import { lookedUp } from '../../support/looked-up.ts';
import { wasmPath } from '../../support/translate.ts';

const module = Vm.compile(readFileSync(wasmPath()));
const SECOND = 1_000_000_000n;

class World {
  now = 1_700_000_000n * SECOND;
  readonly vm = new Vm(module, { now: () => this.now });

  configure(configuration: object): number {
    const answer = this.vm.configure({ configuration: JSON.stringify(configuration) });
    assert.ok(answer.ok, JSON.stringify(answer));
    return answer.root;
  }

  /** As Envoy does when the last worker has the new one. */
  forget(root: number): void {
    const context = { id: root, maps: [], properties: () => undefined };
    this.vm.call('on_done', context);
    this.vm.call('on_delete', context);
    this.vm.drop(context);
  }

  /** A request of a key to a cluster that is sticky until hot: the host that Envoy then finds. */
  send(root: number, cluster: string, key: string): string {
    const stream = this.vm.stream(root, (path) => (path === 'xds.cluster_name' ? cluster : undefined));
    stream.onRequestHeaders([['x-key', key]]);
    const host = lookedUp(this.vm, root, cluster, stream, key);
    stream.finish();
    return host;
  }

  /** A request of a key to a cluster; the hint that it got. */
  pick(root: number, cluster: string, key: string): string | undefined {
    const stream = this.vm.stream(root, (path) => (path === 'xds.cluster_name' ? cluster : undefined));
    stream.onRequestHeaders([
      [':path', '/'],
      ['x-key', key],
    ]);
    const hint = stream.requestHeaders?.get('x-loadstar-host');
    stream.finish();
    return hint === undefined ? undefined : Buffer.from(hint, 'base64').toString();
  }

  /** An attempt at a host, in front of its cluster. */
  attempt(root: number, host: string): Stream {
    const stream = this.vm.stream(root, (path) => (path === 'upstream.address' ? host : undefined));
    stream.onRequestHeaders([[':path', '/']]);
    return stream;
  }

  /**
   * A request that Envoy has sent to a host, through a policy that is sticky until hot: without a key none is
   * picked, and Envoy says who has answered.
   */
  at(root: number, host: string): Stream {
    const known: Readonly<Record<string, string>> = { 'xds.cluster_name': 'c0', 'upstream.address': host };
    const stream = this.vm.stream(root, (path) => known[path]);
    stream.onRequestHeaders([]);
    stream.onResponseHeaders([[':status', '200']]);
    return stream;
  }

  /** Its answer; the report as Envoy gets it. */
  answer(stream: Stream, report: string): string | undefined {
    stream.onResponseHeaders([
      [':status', '200'],
      ['endpoint-load-metrics', report],
    ]);
    const text = stream.responseHeaders?.get('endpoint-load-metrics');
    stream.finish();
    return text;
  }

  tick(root: number, after = SECOND): void {
    this.now += after;
    this.vm.tick(root);
  }

  gauges(part: string): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.vm.metrics.values())
        .filter(([name]) => name.includes(part))
        .map(([name, value]) => [name.replace(/^.*\.host\./, ''), value]),
    );
  }
}

const hosts = (count: number, pool = 0) =>
  Array.from({ length: count }, (_, i) => [`10.${pool}.0.${i + 1}:80`, 1] as const);
const selection = (pools: readonly (readonly (readonly [string, number])[])[], sticky?: object) => ({
  role: 'select',
  tables: pools.map((of) => ({ size: 65_537, localities: [{ hosts: of }] })),
  policies: pools.map((_, table) => ({ cluster: `c${table}`, table, hash: [{ header: 'x-key' }], sticky })),
});
const keys = Array.from({ length: 300 }, (_, i) => `key-${i}`);

test('of 20 built tables the 19 that stay are built once', () => {
  const world = new World();
  const pools = Array.from({ length: 20 }, (_, pool) => hosts(10, pool));
  const all = (root: number) => pools.map((_, pool) => world.pick(root, `c${pool}`, 'key-1'));
  let root = world.configure(selection(pools));
  const before = all(root);
  const size = world.vm.memory.size;
  const next = world.configure(selection([hosts(11, 0), ...pools.slice(1)]));
  assert.deepEqual(all(next).slice(1), before.slice(1));
  // The old configuration is still there: 20 tables more would be 20 pages of 64 KiB more.
  const grown = world.vm.memory.size - size;
  assert.ok(grown <= 4 * 65_536, `memory grew by ${grown} bytes`);
  world.forget(root);
  root = next;
  const settled = world.vm.memory.size;
  for (let i = 0; i < 200; i++) {
    const fresh = world.configure(selection([hosts(10 + (i % 7), 0), ...pools.slice(1)]));
    all(fresh);
    world.forget(root);
    root = fresh;
  }
  assert.ok(world.vm.memory.size - settled <= 4 * 65_536, 'what is replaced is freed');
  assert.deepEqual(all(world.configure(selection(pools))), before);
});

const reporting = (names: readonly string[], strip = true) => ({
  role: 'report',
  cluster: 'c0',
  strip,
  metricNames: names,
});
const rateOf = (text: string | undefined): number =>
  Number(/rps_fractional[=:]([\d.]+)/.exec(text ?? '')?.[1]);

/**
 * Three hosts, the first twice as busy as the others by a third of their requests. The rates it reports as.
 */
function second(world: World, root: number): number[] {
  let rates: number[] = [];
  for (let i = 0; i < 30; i++) {
    rates = hosts(3).map(([host], n) =>
      n === 0 && i % 3 > 0
        ? (rates[0] as number)
        : rateOf(world.answer(world.attempt(root, host), `TEXT named_metrics.kv=${n === 0 ? 0.8 : 0.4}`)),
    );
  }
  world.tick(root);
  return rates;
}

for (const [what, names, strip] of [
  ['strip', ['named_metrics.kv'], false],
  ['metricNames', ['named_metrics.kv', 'cpu_utilization'], true],
] as const) {
  test(`rates and weights go on when ${what} changes, while a stream of the old configuration ends`, () => {
    const world = new World();
    const old = world.configure(reporting(['named_metrics.kv']));
    let rates: number[] = [];
    for (let i = 0; i < 10; i++) rates = second(world, old);
    assert.ok((rates[0] as number) < 0.7 * (rates[1] as number), `weights are learnt: ${rates}`);
    const late = world.attempt(old, '10.0.0.1:80');
    const next = world.configure(reporting(names, strip));
    // Before the first tick of the new one, and after it.
    const first = second(world, next);
    for (const [n, rate] of first.entries())
      assert.ok(Math.abs(rate / (rates[n] as number) - 1) < 0.1, `${rates} became ${first}`);
    const later = second(world, next);
    for (const [n, rate] of later.entries())
      assert.ok(Math.abs(rate / (rates[n] as number) - 1) < 0.25, `${rates} became ${later}`);
    assert.ok(rateOf(world.answer(late, 'TEXT named_metrics.kv=0.8')) > 0);
    world.forget(old);
    assert.ok(rateOf(world.answer(world.attempt(next, '10.0.0.1:80'), 'TEXT named_metrics.kv=0.8')) > 0);
    assert.ok((world.gauges('rps_milli')['10.0.0.1:80'] as number) > 5_000);
  });
}

test('a host that has not answered for three minutes shows 0, and its gauges are found again', () => {
  const world = new World();
  const root = world.configure(reporting([]));
  for (let i = 0; i < 3; i++) {
    for (const [host] of hosts(2)) world.answer(world.attempt(root, host), 'TEXT cpu_utilization=0.5');
    world.tick(root);
  }
  const shown = { '10.0.0.1:80': 500, '10.0.0.2:80': 500 };
  assert.deepEqual(world.gauges('utilization_permille'), shown);
  const names = Object.keys(world.vm.metrics.values()).length;
  for (let i = 0; i < 190; i++) {
    world.answer(world.attempt(root, '10.0.0.1:80'), 'TEXT cpu_utilization=0.5');
    world.tick(root);
  }
  assert.deepEqual(world.gauges('utilization_permille'), { ...shown, '10.0.0.2:80': 0 });
  assert.equal(world.gauges('rps_milli')['10.0.0.2:80'], 0);
  world.answer(world.attempt(root, '10.0.0.2:80'), 'TEXT cpu_utilization=0.25');
  world.tick(root);
  assert.deepEqual(world.gauges('utilization_permille'), { ...shown, '10.0.0.2:80': 250 });
  assert.equal(Object.keys(world.vm.metrics.values()).length, names);
  world.forget(root);
  assert.deepEqual(world.gauges('utilization_permille'), { '10.0.0.1:80': 0, '10.0.0.2:80': 0 });
});

const sticky = { target: 0.5, bound: 2.5, hops: 8 };
const TICK = SECOND / 4n;

test('sticky state outlives a change of hosts: keys that were shed stay where they went', () => {
  const world = new World();
  let root = world.configure(selection([hosts(4)], sticky));
  const rest = () => keys.map((key) => world.send(root, 'c0', key));
  const home = rest();
  for (let i = 0; i < 40; i++) {
    const busy = Array.from({ length: 8 }, () => world.at(root, '10.0.0.1:80'));
    for (const stream of busy) world.answer(stream, 'TEXT cpu_utilization=0.95');
    for (const [host] of hosts(4).slice(1)) world.answer(world.at(root, host), 'TEXT cpu_utilization=0.1');
    const open = Array.from({ length: 8 }, () => world.at(root, '10.0.0.1:80'));
    world.tick(root, TICK);
    for (const stream of open) world.answer(stream, 'TEXT cpu_utilization=0.95');
  }
  const away = rest();
  const moved = away.filter((host, n) => host !== home[n]).length;
  assert.ok(moved > 20, `${moved} keys were shed`);
  for (const pools of [[hosts(5)], [hosts(4)]]) {
    const next = world.configure(selection(pools, sticky));
    world.forget(root);
    root = next;
    const now = rest();
    for (const [n, host] of now.entries())
      assert.ok(host === away[n] || host === '10.0.0.5:80' || pools[0]?.length === 5, `${away[n]} → ${host}`);
    assert.ok(
      now.filter((host, n) => host === away[n] && host !== home[n]).length >= moved * 0.6,
      'those that were shed stay away',
    );
  }
  assert.deepEqual(rest(), away);
});

test('a root context that is deleted ends its ticks: Envoy would keep its timer for ever', () => {
  const world = new World();
  for (const configuration of [selection([hosts(4)], sticky), reporting([])]) {
    const root = world.configure(configuration);
    const late = world.attempt(root, '10.0.0.1:80');
    assert.ok(world.vm.tickPeriod(root) > 0);
    world.forget(root);
    assert.equal(world.vm.tickPeriod(root), 0);
    late.finish();
  }
  const root = world.configure(selection([hosts(4)]));
  world.forget(root);
  assert.equal(world.vm.tickPeriod(root), 0);
});

test('a popular key is known to be popular by the configuration that comes next', () => {
  const world = new World();
  const root = world.configure(selection([hosts(4)], sticky));
  for (let i = 0; i < 50; i++) for (const key of ['popular', `other-${i}`]) world.pick(root, 'c0', key);
  const next = world.configure(selection([hosts(5)], sticky));
  world.forget(root);
  const hot = () => world.vm.metrics.value('loadstar_sticky_hot_key_total') as number;
  world.tick(next, TICK);
  const before = hot();
  world.pick(next, 'c0', 'popular');
  world.tick(next, TICK);
  assert.equal(hot(), before + 1);
});

test('a host that is gone takes back what it showed, when the last request there ends', () => {
  const world = new World();
  const old = world.configure(selection([hosts(3)], sticky));
  const open = ['10.0.0.2:80', '10.0.0.3:80', '10.0.0.3:80'].map((host) => world.at(old, host));
  world.tick(old, TICK);
  assert.deepEqual(world.gauges('in_flight'), { '10.0.0.3:80': 2, '10.0.0.2:80': 1, '10.0.0.1:80': 0 });
  const next = world.configure(selection([hosts(2)], sticky));
  world.forget(old);
  world.tick(next, TICK);
  assert.equal(world.gauges('in_flight')['10.0.0.3:80'], 2, 'requests are under way there');
  for (const stream of open) stream.finish();
  world.tick(next, TICK);
  assert.deepEqual(Object.values(world.gauges('in_flight')), [0, 0, 0]);
  // The cluster goes while its gauges stand.
  const last = world.at(next, '10.0.0.2:80');
  world.tick(next, TICK);
  assert.equal(world.gauges('in_flight')['10.0.0.2:80'], 1);
  world.forget(next);
  last.finish();
  assert.deepEqual(Object.values(world.gauges('in_flight')), [0, 0, 0]);
});

test('names of gauges are bounded for the life of a VM, their places at a time; who has none is counted', () => {
  const world = new World();
  let root = world.configure(selection([hosts(1)], sticky));
  const without = () => world.vm.metrics.value('loadstar_hosts_without_gauges_total');
  const shown = () => Object.keys(world.gauges('shed_permille')).length;
  const show = (pool: number, count: number): void => {
    const many = Array.from({ length: count }, (_, i) => [`10.${pool}.${i >> 8}.${i & 255}:80`, 1] as const);
    const next = world.configure(selection([many], sticky));
    world.forget(root);
    root = next;
    for (let i = 0; i < 3; i++) world.tick(root, TICK);
  };
  show(1, 1_030);
  assert.deepEqual([shown(), without()], [1_024, 6]);
  show(2, 1_000);
  assert.deepEqual([shown(), without()], [2_024, 6], 'places are given back');
  show(1, 1_000);
  assert.ok(shown() <= 2_030, 'the same hosts again need no new names');
  show(3, 1_024);
  show(4, 1_024);
  show(5, 1_024);
  assert.equal(shown(), 4_096);
  assert.ok((without() as number) > 6);
});
