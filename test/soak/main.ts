/**
 * npm run soak -- [--requests 1000000] [--seconds 3600] [--seed N]
 *
 * Prints Envoy's memory as it goes, and at the end what was answered. Ends with 1 on an answer of 5xx, on
 * anything internal that a client saw, on a VM that was replaced, and when memory grew by more than 2 % in
 * the second half.
 */
import { options } from '../support/options.ts';
import { laterGrowth, soak } from './run.ts';

const values = options(
  {
    requests: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '3600' },
    seed: { type: 'string', default: '1' },
  },
  'usage: npm run soak -- --requests N --seconds N --seed N',
);
const requests = Number(values.requests);
const result = await soak({
  requests,
  seconds: Number(values.seconds),
  seed: Number(values.seed),
  progress: (line) => console.log(line),
});
const { tally, answered, seconds, memory, stats } = result;
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const growth = laterGrowth(memory);
const half = memory[Math.floor(memory.length / 2)] ?? 0;
const errors = Object.entries(tally.statuses).reduce(
  (sum, [status, n]) => sum + (Number(status) >= 500 ? n : 0),
  0,
);
const reloads = Object.entries(stats).reduce(
  (sum, [name, n]) => sum + (name.endsWith('vm_reload_success') ? n : 0),
  0,
);

console.log(
  `${answered} of ${requests} requests in ${Math.round(seconds)} s, seed ${values.seed}, two workers`,
);
console.log(
  `answers: ${Object.entries(tally.statuses)
    .map(([status, n]) => `${status} ${n}`)
    .join(', ')}; closed without an answer: ${tally.reconnects}`,
);
console.log(
  `memory: ${mib(memory[0] ?? 0)} at first, ${mib(half)} half-way, ${mib(memory.at(-1) ?? 0)} at the end; growth in the second half ${mib(growth)}`,
);
console.log(
  `internal headers or addresses seen by a client: ${tally.leaks.length}; VMs replaced: ${reloads}`,
);
for (const [name, n] of Object.entries(stats))
  if (n > 0 && !name.includes('.host.')) console.log(`  ${name} ${n}`);
for (const leak of tally.leaks) console.log(leak);
if (errors > 0 || tally.leaks.length > 0 || reloads > 0 || growth > half * 0.02 || answered === 0)
  process.exitCode = 1;
