/**
 * Prints a table for each scenario: node --import tsx test/sticky/main.ts [--seeds N] [--set tried|aside|all]
 * [--only TEXT] [--wasm FILE,…]. Each FILE is another build of the filter, to compare with.
 */
import { parseArgs } from 'node:util';
import { mean } from '../../demo/sticky/figures.ts';
import { spread } from '../../demo/sticky/table.ts';
import { type Figures, figuresOf } from './figures.ts';
import { type PolicyName, policies, run } from './run.ts';
import { aside, type Scenario, tried } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    set: { type: 'string', default: 'all' },
    only: { type: 'string', default: '' },
    policies: { type: 'string', default: Object.keys(policies).join(',') },
    wasm: { type: 'string', default: '' },
  },
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const set = values.set === 'tried' ? tried : values.set === 'aside' ? aside : [...tried, ...aside];
const others = values.wasm.split(',').filter((path) => path !== '');
const named = values.policies.split(',') as PolicyName[];

const columns: readonly [string, (figures: Figures) => number, number][] = [
  ['hit rate', ({ hitRate }) => hitRate, 2],
  ['p50, ms', ({ p50 }) => p50, 0],
  ['p99 steady', ({ p99Steady }) => p99Steady, 0],
  ['p99 event', ({ p99Event }) => p99Event, 0],
  ['p99 after', ({ p99After }) => p99After, 0],
  ['away, steady', ({ awaySteady }) => awaySteady, 3],
  ['away, event', ({ awayEvent }) => awayEvent, 3],
  ['gave up, %', ({ gaveUp }) => gaveUp * 100, 1],
];

function row(name: string, all: readonly Figures[]): string {
  const cells = columns.map(([, read, digits]) => spread(all.map(read), digits));
  const home = all.map(({ homeAfter }) => homeAfter);
  return `| ${[name, ...cells, Number.isFinite(mean(home)) ? spread(home, 1) : 'not in time'].join(' | ')} |\n`;
}

function show(scenario: Scenario): void {
  const head = ['', ...columns.map(([name]) => name), 'home after, s'];
  process.stdout.write(
    `\n**${scenario.name}**\n\n| ${head.join(' | ')} |\n|${head.map((_, i) => (i === 0 ? ' --- ' : ' ---: ')).join('|')}|\n`,
  );
  const measure = (policy: PolicyName, wasm?: string): Figures[] =>
    seeds.map((seed) => figuresOf(run(scenario, policy, seed, wasm), scenario.host));
  for (const policy of named) process.stdout.write(row(policy, measure(policy)));
  for (const wasm of others)
    process.stdout.write(row(wasm.replace(/^.*\//, ''), measure('sticky until hot', wasm)));
}

for (const scenario of set) if (scenario.name.includes(values.only)) show(scenario);
