/**
 * Prints the table of the simulations: node --import tsx test/rates/main.ts [--wasm FILE] [--seed N]. FILE is
 * another build of the filter, to compare with.
 */

import { parseArgs } from 'node:util';
import { percent } from '../../host/basics/text.ts';
import { balances, fixedReports } from './scenarios.ts';
import { balance, returns } from './table.ts';

const { values } = parseArgs({
  options: { wasm: { type: 'string' }, seed: { type: 'string', default: '1' } },
});
const seed = Number(values.seed);

process.stdout.write('| utilization follows load | busiest to least | settled after | swing |\n');
process.stdout.write('| --- | ---: | ---: | ---: |\n');
for (const one of balances) {
  const { end, settle, swing } = balance(one, seed, values.wasm);
  const when = settle === Number.POSITIVE_INFINITY ? 'never' : `${settle} s`;
  process.stdout.write(`| ${one.name} | ${end.toFixed(2)} | ${when} | ${percent(swing)} |\n`);
}
process.stdout.write(
  '\n| 0.9 beside three times 0.3 | share | 30 s after it is 0.3 |\n| --- | ---: | ---: |\n',
);
for (const one of fixedReports) {
  const { busy, back } = returns(one, seed, values.wasm);
  process.stdout.write(`| ${one.name} | ${percent(busy)} | ${percent(back)} |\n`);
}
