/**
 * Prints a table for each scenario: node --import tsx test/sticky/main.ts [--seeds N] [--set tried|aside|all]
 * [--only TEXT] [--policies NAME,…] [--wasm FILE,…] [--real]. Each FILE is another build of the filter, to
 * compare with. `--real` runs them on a real Envoy, about a minute for each policy and seed.
 */
import { parseArgs } from 'node:util';
import { mean } from '../../demo/sticky/figures.ts';
import { spread } from '../../demo/sticky/table.ts';
import { type Figures, figuresOf } from './figures.ts';
import { runReal } from './real.ts';
import { type PolicyName, policies, run } from './run.ts';
import { aside, type Scenario, tried } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    set: { type: 'string', default: 'all' },
    only: { type: 'string', default: '' },
    policies: { type: 'string' },
    wasm: { type: 'string', default: '' },
    real: { type: 'boolean', default: false },
  },
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const set = values.set === 'tried' ? tried : values.set === 'aside' ? aside : [...tried, ...aside];
const others = values.wasm.split(',').filter((path) => path !== '');
const all = values.real ? 'pure hash,bounded load 1.25,sticky until hot' : Object.keys(policies).join(',');
const named = (values.policies ?? all).split(',') as PolicyName[];
const unknown = named.find((name) => !Object.keys(policies).includes(name));
if (unknown !== undefined)
  throw new Error(`there is no policy ${unknown}: ${Object.keys(policies).join(', ')}`);

interface Measured extends Figures {
  readonly lateMs: number;
}

const columns: readonly (readonly [string, (figures: Measured) => number, number])[] = [
  ['hit rate', ({ hitRate }) => hitRate, 2],
  ['p50, ms', ({ p50 }) => p50, 0],
  ['p99 steady', ({ p99Steady }) => p99Steady, 0],
  ['p99 event', ({ p99Event }) => p99Event, 0],
  ['p99 after', ({ p99After }) => p99After, 0],
  ['away, steady', ({ awaySteady }) => awaySteady, 3],
  ['away, event', ({ awayEvent }) => awayEvent, 3],
  ['gave up, %', ({ gaveUp }) => gaveUp * 100, 1],
  ...(values.real ? [['timers late, ms', ({ lateMs }: Measured) => lateMs, 1] as const] : []),
];

function row(name: string, measured: readonly Measured[]): string {
  const cells = columns.map(([, read, digits]) => spread(measured.map(read), digits));
  const home = measured.map(({ homeAfter }) => homeAfter);
  return `| ${[name, ...cells, Number.isFinite(mean(home)) ? spread(home, 1) : 'not in time'].join(' | ')} |\n`;
}

function head(scenario: Scenario): string {
  const names = ['', ...columns.map(([name]) => name), 'home after, s'];
  const line = names.map((_, i) => (i === 0 ? ' --- ' : ' ---: ')).join('|');
  return `\n**${scenario.name}**\n\n| ${names.join(' | ')} |\n|${line}|\n`;
}

function simulate(scenario: Scenario): void {
  process.stdout.write(head(scenario));
  const measure = (policy: PolicyName, wasm?: string): Measured[] =>
    seeds.map((seed) => ({ ...figuresOf(run(scenario, policy, seed, wasm), scenario.host), lateMs: 0 }));
  for (const policy of named) process.stdout.write(row(policy, measure(policy)));
  for (const wasm of others)
    process.stdout.write(row(wasm.replace(/^.*\//, ''), measure('sticky until hot', wasm)));
}

/** A run whose timers were later than this tells of the machine, and is repeated so often at most. */
const LATE_MS = 10;
const REPEATED = 2;

async function once(scenario: Scenario, policy: PolicyName, seed: number): Promise<Measured> {
  for (let i = 0; ; i++) {
    const cleanups: (() => Promise<void>)[] = [];
    try {
      const { sent, lateMs } = await runReal(scenario, policy, seed, cleanups);
      const figures = { ...figuresOf(sent, scenario.host), lateMs };
      const again = lateMs > LATE_MS && i < REPEATED;
      process.stderr.write(`seed ${seed}${again ? ', to be repeated' : ''}: ${row(policy, [figures])}`);
      if (!again) return figures;
    } finally {
      await Promise.allSettled(cleanups.map((end) => end()));
    }
  }
}

/** Seed by seed, so that a busy minute of the machine does not hit one policy alone. */
async function measureReal(scenario: Scenario): Promise<void> {
  const measured = new Map(named.map((policy) => [policy, [] as Measured[]]));
  for (const seed of seeds)
    for (const policy of named) measured.get(policy)!.push(await once(scenario, policy, seed));
  process.stdout.write(head(scenario));
  for (const [policy, figures] of measured) process.stdout.write(row(policy, figures));
}

for (const scenario of set) {
  if (!scenario.name.includes(values.only)) continue;
  if (values.real) await measureReal(scenario);
  else simulate(scenario);
}
