/**
 * npm run soak:hosts -- [--changes 10000] [--addresses 5000] [--every 1000] [--updates 30] [--wasm FILE]
 * [--variant filter|native|idle]
 *
 * Prints Envoy's memory while hosts come and go, then the CPU that it spends on an update of 100 busy pools
 * in which one changes. Ends with 1 on an answer other than 200, when the memory of the VMs grew in the
 * second half, and when Envoy's own grew by more than LEFT_BEHIND. Linux only.
 */
import { loadavg } from 'node:os';
import { options } from '../support/options.ts';
import { hostChanges, type Memory, updateCost, VARIANTS } from './hosts.ts';

const values = options(
  {
    changes: { type: 'string', default: '10000' },
    addresses: { type: 'string', default: '5000' },
    every: { type: 'string', default: '1000' },
    updates: { type: 'string', default: '30' },
    wasm: { type: 'string' },
    variant: { type: 'string', default: 'filter' },
  },
  'usage: npm run soak:hosts -- --changes N --addresses N --every N --updates N --wasm FILE --variant filter|native|idle',
);
const variant = VARIANTS.find((one) => one === values.variant);
if (variant === undefined) throw new Error(`--variant is one of ${VARIANTS.join(', ')}`);
/** Bytes a change that Envoy's proxy-wasm host keeps until the VM ends: docs/LIVE.md says which. */
const LEFT_BEHIND = 3_000;
const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
const busy = (): string => `load average ${loadavg()[0]?.toFixed(1)}`;
const changes = Number(values.changes);

if (changes > 0) {
  const { memory, statuses, stats, seconds } = await hostChanges({
    changes,
    addresses: Number(values.addresses),
    every: Number(values.every),
    wasm: values.wasm,
    variant,
    progress: (now: Memory) =>
      console.log(`${now.changes} changes: resident ${mib(now.resident)} MiB, VMs ${mib(now.linear)} MiB`),
  });
  const gauges = Object.entries(stats).filter(([name]) => name.includes('.host.'));
  console.log(`${Math.round(seconds)} s, answers ${JSON.stringify(statuses)}, ${busy()}`);
  console.log(
    `${gauges.length} gauges of hosts, ${gauges.filter(([, value]) => value > 0).length} not 0; ` +
      `hosts without gauges: ${stats.loadstar_hosts_without_gauges_total}`,
  );
  const [half, last] = [memory[memory.length >> 1], memory.at(-1)];
  if (half !== undefined && last !== undefined) {
    const each = (last.resident - half.resident) / Math.max(1, last.changes - half.changes);
    const vms = last.linear - half.linear;
    console.log(`in the second half: ${Math.round(each)} bytes a change; VMs ${mib(vms)} MiB`);
    if (each > LEFT_BEHIND || vms > 2 ** 20) process.exitCode = 1;
  }
  if (Object.keys(statuses).join() !== '200') process.exitCode = 1;
}

const updates = Number(values.updates);
if (updates > 0) {
  const costs = await updateCost({ pools: 100, hosts: 20, updates, wasm: values.wasm });
  const at = (part: number): string => (costs[Math.floor((costs.length - 1) * part)] ?? 0).toFixed(1);
  console.log(
    `CPU of Envoy per update, one of 100 busy pools of 20 hosts: median ${at(0.5)} ms, ` +
      `from ${at(0.1)} (10 %) to ${at(0.9)} (90 %), ${updates} updates, ${busy()}`,
  );
}
