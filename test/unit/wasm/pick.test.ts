/**
 * dist/loadstar-pick.wasm and loadstar-report.wasm: each does its role as loadstar.wasm does, and refuses
 * others.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Vm } from '../../../host/wasm/vm.ts';

const compiled = (name: string): WebAssembly.Module =>
  Vm.compile(readFileSync(new URL(`../../../dist/${name}`, import.meta.url)));
const modules = {
  all: compiled('loadstar.wasm'),
  pick: compiled('loadstar-pick.wasm'),
  report: compiled('loadstar-report.wasm'),
};

const config = (hash: object, hosts: number, more: object = {}): string =>
  JSON.stringify({
    role: 'select',
    tables: [
      {
        size: 1009,
        localityWeighted: false,
        localities: [
          { weight: 1, hosts: Array.from({ length: hosts }, (_, i) => [`10.0.0.${i}:80`, 1 + (i % 3)]) },
        ],
      },
    ],
    policies: [{ cluster: 'c', table: 0, hash: [hash], ...more }],
  });

function configured(vm: Vm, configuration: string): number {
  const answer = vm.configure({ configuration });
  assert.ok(answer.ok, answer.ok ? '' : answer.reason);
  return answer.root;
}

function pick(vm: Vm, root: number, key: string): string | undefined {
  const stream = vm.stream(root, (path) => (path === 'xds.cluster_name' ? 'c' : '192.0.2.7:5000'));
  stream.onRequestHeaders([
    [':path', `/?user=${key}`],
    ['x-user', key],
    ['cookie', `a=b; user=${key}`],
  ]);
  const hint = stream.requestHeaders!.get('x-loadstar-host');
  stream.finish();
  return hint;
}

for (const hash of [{ header: 'x-user' }, { query: 'user' }, { cookie: 'user' }, { source: 'ip' }]) {
  test(`by ${JSON.stringify(hash)} it picks as the other module does`, () => {
    const [all, one] = [new Vm(modules.all), new Vm(modules.pick)];
    const text = config(hash, 7);
    const roots = [configured(all, text), configured(one, text)] as const;
    const seen = new Set<string>();
    for (let i = 0; i < 500; i++) {
      const hint = pick(one, roots[1], `key-${i}`);
      assert.equal(hint, pick(all, roots[0], `key-${i}`));
      seen.add(String(hint));
    }
    assert.ok(!seen.has('undefined'));
    assert.equal(seen.size, 'source' in hash ? 1 : 7);
    assert.equal(one.metrics.values().loadstar_picks_total, 500);
  });
}

test('each root context has its own configuration, and the memory of those that go comes back', () => {
  const vm = new Vm(modules.pick);
  const hintOf = (host: string) => Buffer.from(host).toString('base64');
  const one = configured(vm, config({ header: 'x-user' }, 1));
  const other = configured(vm, config({ header: 'x-user' }, 1).replace('10.0.0.0', '10.0.0.9'));
  assert.equal(pick(vm, one, 'a'), hintOf('10.0.0.0:80'));
  assert.equal(pick(vm, other, 'a'), hintOf('10.0.0.9:80'));
  assert.equal(pick(vm, one, 'a'), hintOf('10.0.0.0:80'));
  const reload = (i: number): void => {
    const configuration = Buffer.from(config({ header: 'x-user' }, 1 + (i % 40)));
    const root = vm.create(0, () => undefined, configuration);
    assert.equal(vm.call('on_configure', root, configuration.length), 1);
    pick(vm, root.id, 'a');
    vm.call('on_delete', root);
    vm.drop(root);
  };
  for (let i = 0; i < 50; i++) reload(i);
  const { size } = vm.memory;
  for (let i = 0; i < 5000; i++) reload(i);
  assert.equal(vm.memory.size, size);
});

test('reports are repaired as by the other module', () => {
  const answers = [modules.all, modules.report].map((module) => {
    const vm = new Vm(module);
    const root = configured(vm, JSON.stringify({ role: 'report', cluster: 'c' }));
    const stream = vm.stream(root, (path) => (path === 'upstream.address' ? '10.0.0.1:80' : undefined));
    stream.onRequestHeaders([[':path', '/']]);
    stream.onResponseHeaders([['endpoint-load-metrics', 'TEXT cpu=0.3,mem=0.8']]);
    const told = stream.responseHeaders!.getAll('endpoint-load-metrics');
    stream.finish();
    return { told, counted: vm.metrics.values().loadstar_reports_text_repaired_total };
  });
  assert.deepEqual(answers[0], answers[1]);
  assert.match(answers[0]!.told.join(), /rps_fractional/);
  assert.equal(answers[0]!.counted, 1);
});

test('the module for reports picks no host', () => {
  const answer = new Vm(modules.report).configure({ configuration: config({ header: 'x-user' }, 3) });
  assert.ok(!answer.ok && /needs loadstar\.wasm/.test(answer.reason), JSON.stringify(answer));
});

for (const [name, configuration] of [
  ['a sticky policy', config({ header: 'x-user' }, 3, { sticky: { target: 0.8, bound: 2.5, hops: 8 } })],
  ['load reports', JSON.stringify({ role: 'report', cluster: 'c' })],
] as const) {
  test(`it refuses ${name}, and what held before stays`, () => {
    const vm = new Vm(modules.pick);
    const root = configured(vm, config({ header: 'x-user' }, 1));
    const answer = vm.configure({ configuration });
    assert.ok(!answer.ok && /needs loadstar\.wasm/.test(answer.reason), JSON.stringify(answer));
    assert.equal(pick(vm, root, 'a'), Buffer.from('10.0.0.0:80').toString('base64'));
  });
}

test('a configuration without memory for its context is refused with a reason, and nothing of it stays', () => {
  const lines: string[] = [];
  const vm = new Vm(modules.all, { log: ({ text }) => lines.push(text) });
  const configuration = Buffer.from(config({ header: 'x-user' }, 40));
  // The filter has no context where it found no memory for one; for an id that it never heard of it is the
  // same.
  const context = { id: 4711, maps: [], properties: () => undefined, configuration };
  for (let i = 0; i < 2; i++) assert.equal(vm.call('on_configure', context, configuration.length), 0);
  assert.deepEqual(lines, Array(2).fill('loadstar: configuration refused: memory: there is not enough'));
  const { size } = vm.memory;
  for (let i = 0; i < 2000; i++) vm.call('on_configure', context, configuration.length);
  assert.equal(vm.memory.size, size);
});
