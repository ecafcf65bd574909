/**
 * The short run of hosts that come and go: what a change leaves behind in Envoy or in its VMs would add up.
 * The long one: npm run soak:hosts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostChanges } from './hosts.ts';

test('400 host changes: every request is answered, and memory stays', async (t) => {
  const { memory, statuses, stats } = await hostChanges({ changes: 400, addresses: 20, every: 40 });
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  t.diagnostic(`resident ${memory.map(({ resident }) => mib(resident)).join(' ')} MiB`);
  t.diagnostic(`VMs ${memory.map(({ linear }) => mib(linear)).join(' ')} MiB`);
  assert.deepEqual(statuses, { 200: 400 * 90 });
  const [half, last] = [memory[5]!, memory.at(-1)!];
  assert.ok(half.linear > 0, 'the memory of the VMs was found');
  // A table of each change would be 12.5 MiB more in each of two VMs.
  assert.ok(last.linear - half.linear < 2 ** 20, 'of the VMs');
  assert.ok(last.resident - half.resident < 6 * 2 ** 20, 'of Envoy');
  assert.equal(stats.loadstar_hosts_without_gauges_total, 0);
  const guests = Object.keys(stats).filter(
    (name) => name.includes('_rps_milli.') && name.includes('.127.32.'),
  );
  assert.ok(guests.length > 0 && guests.length <= 20, `${guests.length} of 20 guests have gauges`);
});
