/** What the filter says of load reports in Envoy's log, and that it says it seldom. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { renderFilterConfig } from '../../../host/filter/config.ts';
import { Vm } from '../../../host/wasm/vm.ts';
import { wasmPath } from '../../support/translate.ts';

const module = Vm.compile(readFileSync(wasmPath()));
const SECOND = 1_000_000_000n;
const HEADER = 'endpoint-load-metrics';

class World {
  now = 1_700_000_000n * SECOND;
  /** Of level debug. */
  readonly lines: string[] = [];
  readonly vm = new Vm(module, {
    now: () => this.now,
    log: ({ level, text }) => {
      if (level === 1) this.lines.push(text);
    },
  });
  readonly #root: number;

  constructor() {
    const configuration = renderFilterConfig({ role: 'report', cluster: 'c', strip: true, metricNames: [] });
    const answer = this.vm.configure({ configuration });
    assert.ok(answer.ok);
    this.#root = answer.root;
  }

  report(host: string, value: string, header = HEADER): void {
    const stream = this.vm.stream(this.#root, (path) => (path === 'upstream.address' ? host : undefined));
    stream.onResponseHeaders([
      [':status', '200'],
      [header, value],
    ]);
    stream.finish();
  }

  later(seconds: number): void {
    this.now += BigInt(seconds) * SECOND;
    this.vm.tick(this.#root);
  }
}

test('the first report of a host in five seconds is told, with counts since the last line', () => {
  const world = new World();
  for (let i = 0; i < 7; i++) world.report('10.0.0.1:80', 'TEXT cpu=0.5');
  world.report('10.0.0.1:80', 'TEXT cpu=-1');
  world.report('10.0.0.1:80', 'TEXT cpu=-1');
  assert.deepEqual(world.lines, [
    'loadstar load report c 10.0.0.1:80 0 1 0 repaired - plain 12 TEXT cpu=0.5',
    'loadstar load report c 10.0.0.1:80 0 6 1 refused negative plain 11 TEXT cpu=-1',
  ]);
  world.later(5);
  world.report('10.0.0.1:80', 'TEXT cpu_utilization=0.5,rps_fractional=9');
  assert.equal(
    world.lines[2],
    'loadstar load report c 10.0.0.1:80 1 0 1 accepted - plain 41 TEXT cpu_utilization=0.5,rps_fractional=9',
  );
});

test('of a long report the beginning is told, and what cannot be printed is a question mark', () => {
  const world = new World();
  world.report('10.0.0.1:80', `TEXT \u0001\u001b[31m${'x'.repeat(9_000)}`);
  const [line] = world.lines;
  assert.match(
    line!,
    /^loadstar load report c 10\.0\.0\.1:80 0 0 1 refused too_long plain 9011 TEXT \?\?\[31mx+$/,
  );
  assert.equal(line!.split('9011 ')[1]!.length, 256);
});

test('a binary report is told as it came, by the header that it came in', () => {
  const world = new World();
  world.report('10.0.0.1:80', 'CTMzMzMzM9M/', `${HEADER}-bin`);
  assert.match(world.lines[0]!, / repaired - bin 12 CTMzMzMzM9M\/$/);
});

test('of many hosts some are told in each second, and each has its turn', () => {
  const world = new World();
  const hosts = Array.from({ length: 40 }, (_, i) => `10.0.0.${i}:80`);
  for (const host of hosts) world.report(host, 'TEXT cpu=0.5');
  assert.equal(world.lines.length, 16);
  for (let second = 0; second < 3; second++) {
    world.later(1);
    for (const host of hosts) world.report(host, 'TEXT cpu=0.5');
  }
  assert.equal(new Set(world.lines.map((line) => line.split(' ')[4])).size, 40);
});
