/**
 * A long campaign: node --import tsx test/property/main.ts [--seed N] [--count N] [--batch N]. Prints what
 * was run; stops at the first input that breaks a promise and prints it.
 */
import { parseArgs } from 'node:util';
import { campaign } from './chain.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '20000' },
    batch: { type: 'string', default: '200' },
  },
});
console.log(await campaign(Number(values.seed), Number(values.count), Number(values.batch)));
