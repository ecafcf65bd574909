/**
 * Rates that hosts report themselves, through the report role of dist/loadstar.wasm: what Envoy would weigh
 * each host by.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Vm } from '../../../host/wasm/vm.ts';

const module = Vm.compile(readFileSync(new URL('../../../dist/loadstar.wasm', import.meta.url)));

/**
 * Weights (rate / utilization) of the last reports, one for each host, after some seconds of requests to all
 * of them.
 * @param rest Seconds without a request before the last ones.
 */
function weights(reports: readonly string[], rest = 0): number[] {
  let now = 1_700_000_000_000_000_000n;
  const vm = new Vm(module, { now: () => now });
  const configured = vm.configure({ configuration: '{"role":"report","cluster":"c","strip":true}' });
  assert.ok(configured.ok);
  const askAll = (): number[] =>
    reports.map((report, host) => {
      const stream = vm.stream(configured.root, (path) =>
        path === 'upstream.address' ? `10.0.0.${host}:80` : undefined,
      );
      stream.onResponseHeaders([
        [':status', '200'],
        ['endpoint-load-metrics', report],
      ]);
      const text = stream.responseHeaders!.get('endpoint-load-metrics')!;
      stream.finish();
      const value = (name: string): number => Number(new RegExp(`${name}[:=]([^,]+)`).exec(text)![1]);
      return value('rps_fractional') / value('cpu_utilization');
    });
  let last: number[] = [];
  for (let second = 0; second < 5 + rest; second++) {
    for (let i = 0; i < 20 && second < 5; i++) last = askAll();
    now += 1_000_000_000n;
    vm.tick(configured.root);
  }
  if (rest > 0) last = askAll();
  return last.map((weight) => Math.round(weight));
}

const honest = 'TEXT cpu_utilization=0.5,rps_fractional=500';
const cases: readonly [name: string, reports: string[], expected: number[]][] = [
  [
    'hosts that differ stay as they are',
    [honest, 'TEXT cpu_utilization=0.25,rps_fractional=2000'],
    [1000, 8000],
  ],
  [
    'a lie gives at most ten times the median',
    [honest, honest, honest, 'TEXT cpu_utilization=0.01,rps_fractional=1e7'],
    [1000, 1000, 1000, 10_000],
  ],
  ['of two hosts too', [honest, 'TEXT cpu_utilization=0.01,rps_fractional=1e7'], [1000, 10_000]],
  [
    'an idle host is not lifted by the bound',
    [honest, honest, honest, 'TEXT cpu_utilization=0.0001,rps_fractional=2'],
    [1000, 1000, 1000, 200],
  ],
  ['one host alone is believed', ['TEXT cpu_utilization=0.01,rps_fractional=1e7'], [1e9]],
];

for (const [name, reports, expected] of cases) {
  test(name, () => assert.deepEqual(weights(reports), expected));
}

test('the bound holds for the first request after a rest, too', () => {
  const lie = 'TEXT cpu_utilization=0.01,rps_fractional=1e7';
  assert.deepEqual(weights([honest, honest, honest, lie], 60), [1000, 1000, 1000, 10_000]);
});
