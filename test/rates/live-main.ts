/**
 * Prints the figures of a real Envoy as a table: node --import tsx test/rates/live-main.ts [--wasm FILE]
 * [--engine native]. About six minutes; FILE is another build of the filter, to compare with. Some 450
 * requests per second to 127.0.0.0/8.
 */

import { parseArgs } from 'node:util';
import { percent } from '../../host/basics/text.ts';
import { live } from './live.ts';
import { settled, share, swing, unevenness } from './measure.ts';

const { values } = parseArgs({
  options: {
    wasm: { type: 'string' },
    engine: { type: 'string', default: 'filter' },
    only: { type: 'string' },
  },
});
const engine = values.engine === 'native' ? 'native' : 'filter';
const common = { engine, rate: 450, ...(values.wasm === undefined ? {} : { wasm: values.wasm }) } as const;
const change = 20;
const four = (capacity: number, ownRate = false) => Array.from({ length: 4 }, () => ({ capacity, ownRate }));

const follow = [
  { name: 'a third of the capacity', to: 100, most: 1.1 },
  { name: 'a third, two workers', to: 100, most: 1.1, workers: 2 },
  { name: 'a third, two Envoys', to: 100, most: 1.1, envoys: 2 },
  { name: 'a tenth of the capacity', to: 30, most: 1.2 },
  { name: 'a third, reports with a rate', to: 100, most: 1.1, ownRate: true },
];
process.stdout.write('| real Envoy | shares | busiest to least | settled after | swing |\n');
process.stdout.write('| --- | --- | ---: | ---: | ---: |\n');
for (const { name, to, most, ownRate = false, ...more } of follow) {
  if (values.only !== undefined && !name.includes(values.only)) continue;
  const seconds = change + 40;
  const changes = { [change]: { 3: { capacity: to, ownRate } } };
  const result = await live({ ...common, ...more, hosts: four(300, ownRate), seconds, changes });
  const shares = [0, 1, 2, 3].map((i) => percent(share(result, i, seconds - 10, seconds))).join(', ');
  const settle = settled(result, change, seconds, most);
  const when = settle === Number.POSITIVE_INFINITY ? 'never' : `${settle} s`;
  const end = unevenness(result, seconds - 10, seconds).toFixed(2);
  process.stdout.write(
    `| ${name} | ${shares} | ${end} | ${when} | ${percent(swing(result, seconds - 10, seconds))} |\n`,
  );
}
if (values.only === undefined || values.only === 'fixed') {
  const hosts = Array.from({ length: 4 }, () => ({ fixed: 0.3 }));
  const result = await live({
    ...common,
    hosts,
    seconds: 85,
    changes: { [change]: { 2: { fixed: 0.9 } }, 50: { 2: { fixed: 0.3 } } },
  });
  const at = (from: number, to: number): string => percent(share(result, 2, from, to));
  process.stdout.write(
    `\n0.9 beside three times 0.3: ${at(40, 50)}; when it is 0.3 again, after 30 s: ${at(78, 83)}\n`,
  );
}
