/**
 * The short run of the fuzzer: a fixed seed and a fixed number of inputs for each target, through the module
 * that ships. The long one is `npm run fuzz`. Beside it: what has been found before, and that the checks do
 * fail where they should.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { Vm } from '../../host/wasm/vm.ts';
import { wasmPath } from '../support/translate.ts';
import { campaign, makeTarget, type TargetName, targetNames } from './campaign.ts';
import { ConfigTarget } from './config.ts';
import { found } from './corpus.ts';
import { OrcaTarget } from './orca.ts';
import { Random } from './random.ts';
import type { Target } from './target.ts';

const SEED = 20_261_122;
const COUNT: Readonly<Record<TargetName, number>> = {
  orca: 40_000,
  cookie: 40_000,
  query: 40_000,
  header: 40_000,
  config: 10_000,
  sticky: 10_000,
};

let module: WebAssembly.Module;
before(() => {
  module = Vm.compile(readFileSync(wasmPath()));
});

for (const name of targetNames) {
  test(`${COUNT[name]} inputs for ${name}: no trap, nothing out of bounds, memory flat`, (t) => {
    const target = makeTarget(name, module);
    const { inputs, memory, failure } = campaign(target, SEED, 0, (done) => done < COUNT[name]);
    t.diagnostic(`seed ${SEED}, ${inputs} inputs, memory ${memory[1]} bytes`);
    assert.equal(failure, undefined, JSON.stringify(failure));
    assert.equal(inputs, COUNT[name]);
  });
}

test('what was found once is run by every campaign, each by a target that exists', () => {
  for (const { file, target, tell } of found()) {
    assert.ok((targetNames as readonly string[]).includes(target), file);
    assert.ok(tell.length > 20, `${file} says what was wrong`);
  }
});

test('generators reach good and bad: a fifth of configurations is taken, every result of a report occurs', () => {
  const config = new ConfigTarget(module);
  const orca = new OrcaTarget(module);
  const random = new Random(SEED);
  for (let i = 0; i < 30_000; i++) {
    random.reseed(SEED, i);
    orca.run(orca.generate(random));
    if (i < 2_000) config.run(config.generate(random));
  }
  assert.ok(config.taken > 400 && config.taken < 1_600, `${config.taken} of 2000 taken`);
  const results = Object.entries(orca.results).filter(([name]) => /^loadstar_reports_/.test(name));
  assert.ok(results.length >= 24);
  for (const [name, count] of results) {
    // A report's parser goes two objects deep and refuses the third as a wrong number before it is too deep.
    if (name !== 'loadstar_reports_refused_too_deep_total') assert.ok(count > 0, `${name} is ${count}`);
  }
  const sum = (result: string) =>
    results.reduce((all, [name, count]) => all + (name.endsWith(`_${result}_total`) ? count : 0), 0);
  assert.ok(sum('accepted') + sum('repaired') > sum('refused') / 3, JSON.stringify(orca.results));
});

test('the same seed and number give the same input', () => {
  const target = new OrcaTarget(module);
  const input = (index: number) => {
    const random = new Random(SEED);
    random.reseed(SEED, index);
    return JSON.stringify(target.generate(random));
  };
  assert.equal(input(77), input(77));
  assert.notEqual(input(77), input(78));
});

test('a trap, a changed answer and grown memory each end a campaign with the input', () => {
  const good = (): Target => ({
    name: 'x',
    flat: true,
    generate: () => ({}),
    run: () => {},
    probe: () => '',
    memory: () => 1,
  });
  const run = (target: Target) => campaign(target, 1, 0, (done) => done < 10_000).failure;
  assert.equal(run(good()), undefined);
  let runs = 0;
  const trap = run({
    ...good(),
    run: () => {
      if (++runs === 7_500) throw new Error('unreachable');
    },
  });
  assert.deepEqual([trap?.index, trap?.message], [7_499, 'Error: unreachable']);
  let probes = 0;
  assert.match(run({ ...good(), probe: () => String(++probes > 5) })?.message ?? '', /answers otherwise/);
  let size = 0;
  assert.match(run({ ...good(), memory: () => ++size })?.message ?? '', /memory grew/);
});

test('many hosts come and go: memory has a bound', () => {
  let now = 1_700_000_000_000_000_000n;
  const vm = new Vm(module, { now: () => now });
  const configured = vm.configure({ configuration: '{"role":"report","cluster":"c"}' });
  assert.ok(configured.ok);
  const sizes: number[] = [];
  for (let generation = 0; generation < 12; generation++) {
    for (let i = 0; i < 5_000; i++) {
      const stream = vm.stream(configured.root, () => `10.${generation}.${i >> 8}.${i & 255}:80`);
      stream.onResponseHeaders([
        [':status', '200'],
        ['endpoint-load-metrics', 'TEXT cpu=0.5'],
      ]);
      stream.finish();
    }
    // Five quiet ticks of 70 seconds, after which a host counts as idle.
    for (let i = 0; i < 6; i++) {
      now += 70_000_000_000n;
      vm.tick(configured.root);
    }
    sizes.push(vm.memory.size);
  }
  assert.equal(sizes[11], sizes[5], `memory by generation: ${sizes}`);
});
