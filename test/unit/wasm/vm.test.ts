/** The proxy-wasm host against a module that uses every kind of host call (test/support/modules/probe.as). */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { LogLine } from '../../../host/wasm/context.ts';
import { Vm, VmTrap } from '../../../host/wasm/vm.ts';
import { assemble } from '../../support/assemble.ts';

let module: WebAssembly.Module;
before(async () => {
  module = Vm.compile(await assemble('probe'));
});

function start(vm: Vm): number {
  const configured = vm.configure({ configuration: 'good' });
  assert.ok(configured.ok, 'configured');
  return configured.root;
}

test('headers are read and written, and the counter counts', () => {
  const vm = new Vm(module);
  const root = start(vm);
  const stream = vm.stream(root, (path) => (path === 'xds.cluster_name' ? 'c1' : undefined));
  assert.equal(
    stream.onRequestHeaders([
      [':path', '/'],
      ['Key', 'v\xff\x00'],
    ]),
    0,
  );
  assert.equal(stream.requestHeaders?.get('copy'), 'v\xff\x00', 'all bytes survive');
  assert.equal(stream.requestHeaders?.get('cluster'), 'c1');
  assert.equal(vm.metrics.value('probe_total'), 1);
  stream.finish();
});

test('an absent header and an absent property write nothing', () => {
  const vm = new Vm(module);
  const stream = vm.stream(start(vm));
  stream.onRequestHeaders([[':path', '/']]);
  assert.deepEqual(stream.requestHeaders?.pairs, [[':path', '/']]);
});

test('responses: headers go, trailers are counted in the serialised form, shared data is compare-and-swap', () => {
  const vm = new Vm(module);
  const stream = vm.stream(start(vm));
  stream.onRequestHeaders([]);
  stream.onResponseHeaders([
    ['Secret', '1'],
    ['secret', '2'],
    ['ok', '3'],
  ]);
  assert.deepEqual(stream.responseHeaders?.pairs, [
    ['ok', '3'],
    ['cas', '8,0'],
  ]);
  const trailers = [
    ['grpc-status', '0'],
    ['x', ''],
  ] as const;
  stream.onResponseTrailers(trailers);
  assert.deepEqual(stream.responseTrailers?.pairs, [...trailers, ['count', '2']]);
});

test('a refused configuration gives the critical line', () => {
  const lines: LogLine[] = [];
  const vm = new Vm(module, { log: (line) => lines.push(line) });
  assert.deepEqual(vm.configure({ configuration: '! unknown field' }), {
    ok: false,
    reason: '! unknown field',
    trapped: false,
  });
  assert.deepEqual(lines, [{ level: 5, text: '! unknown field' }]);
});

test('a trap in the configuration is an answer, in a stream an exception, and the VM stays dead', () => {
  const refused = new Vm(module).configure({ configuration: '?' });
  assert.ok(!refused.ok && refused.trapped && /trapped in proxy_on_configure/.test(refused.reason));

  const vm = new Vm(module);
  const root = start(vm);
  assert.throws(() => vm.stream(root).onRequestHeaders([['trap', '1']]), VmTrap);
  assert.throws(() => vm.stream(root), VmTrap);
});

test('ticks: the period is what the module asked for, the clock what the host was given', () => {
  const vm = new Vm(module, { now: () => 1_700_000_000_123_456_789n });
  const root = start(vm);
  assert.equal(vm.tickPeriod(root), 250);
  vm.tick(root);
  assert.equal(vm.metrics.value('probe_gauge'), Number(1_700_000_000_123_456_789n));
});

test('a module that asks for what Envoy does not give is refused by name', async () => {
  const bytes = await assemble('unknown-import');
  assert.throws(
    () => new Vm(Vm.compile(bytes)),
    /imports env\.proxy_no_such_function, which this host does not have/,
  );
});
