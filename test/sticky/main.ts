/**
 * Prints a table for each scenario: node --import tsx test/sticky/main.ts [--seeds N] [--set tried|aside|all]
 * [--drawn N] [--only TEXT] [--policies NAME,…] [--wasm FILE,…] [--why] [--real]. Each FILE is another build
 * of the filter, to compare with. At the end: all scenarios together, beside bounded load 1.25.
 *   --drawn  24 scenarios by chance, of this seed, in place of a set
 *   --why    tells why keys left home in the steady phase
 *   --real   on a real Envoy, about a minute for each policy and seed
 */
import { parseArgs } from 'node:util';
import { mean } from '../../demo/sticky/figures.ts';
import { spread } from '../../demo/sticky/table.ts';
import { drawn } from './drawn.ts';
import { type Figures, figuresOf } from './figures.ts';
import { runReal } from './real.ts';
import { type PolicyName, policies, run } from './run.ts';
import type { Scenario } from './scenario.ts';
import { aside, tried } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    set: { type: 'string', default: 'all' },
    drawn: { type: 'string' },
    only: { type: 'string', default: '' },
    policies: { type: 'string' },
    wasm: { type: 'string', default: '' },
    why: { type: 'boolean', default: false },
    real: { type: 'boolean', default: false },
  },
});
/** So many scenarios are drawn. */
const DRAWN = 24;
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const sets: Record<string, readonly Scenario[]> = { tried, aside, all: [...tried, ...aside] };
const set = values.drawn === undefined ? sets[values.set]! : drawn(Number(values.drawn), DRAWN);
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

function head(title: string, names: readonly string[]): string {
  const line = ['', ...names].map((_, i) => (i === 0 ? ' --- ' : ' ---: ')).join('|');
  return `\n${title}\n\n| ${['', ...names].join(' | ')} |\n|${line}|\n`;
}

/** By policy, what was measured in each scenario. */
type Results = Map<string, Measured[]>;

function tell(scenario: Scenario, results: Results): Results {
  const names = [...columns.map(([name]) => name), 'home after, s'];
  process.stdout.write(head(`**${scenario.name}**`, names));
  for (const [policy, figures] of results) process.stdout.write(row(policy, figures));
  tellWhy(results.get('sticky until hot') ?? []);
  return results;
}

/** Why keys were away in the steady phase, where the policy tells. */
function tellWhy(measured: readonly Measured[]): void {
  const reasons = new Set(measured.flatMap(({ whySteady }) => [...whySteady.keys()]));
  const parts = [...reasons].map((why) => {
    const part = mean(measured.map(({ whySteady }) => whySteady.get(why) ?? 0));
    return `${why} ${part.toFixed(3)}`;
  });
  if (parts.length > 0) process.stdout.write(`\nAway in the steady phase: ${parts.join(', ')}\n`);
}

function simulate(scenario: Scenario): Results {
  const measure = (policy: PolicyName, wasm?: string): Measured[] =>
    seeds.map((seed) => {
      const more = { why: values.why, ...(wasm === undefined ? {} : { wasm }) };
      return { ...figuresOf(run(scenario, policy, seed, more), scenario.host), lateMs: 0 };
    });
  const ours = named.map((policy) => [policy, measure(policy)] as const);
  const theirs = others.map(
    (wasm) => [wasm.replace(/^.*\//, ''), measure('sticky until hot', wasm)] as const,
  );
  return tell(scenario, new Map([...ours, ...theirs]));
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
async function measureReal(scenario: Scenario): Promise<Results> {
  const measured: Results = new Map(named.map((policy) => [policy, []]));
  for (const seed of seeds)
    for (const policy of named) measured.get(policy)!.push(await once(scenario, policy, seed));
  return tell(scenario, measured);
}

/** Geometric means of what a policy has in each scenario, by what bounded load has there. */
function together(all: readonly Results[]): void {
  const ratios: readonly [string, (figures: Measured) => number][] = [
    ['p50', ({ p50 }) => p50],
    ['p99 steady', ({ p99Steady }) => p99Steady],
    ['p99 event', ({ p99Event }) => p99Event],
    ['p99 after', ({ p99After }) => p99After],
  ];
  const plain: readonly [string, (figures: Measured) => number][] = [
    ['hit rate', ({ hitRate }) => hitRate],
    ['away, steady', ({ awaySteady }) => awaySteady],
  ];
  const names = [...ratios, ...plain].map(([name]) => name);
  process.stdout.write(head(`**all ${all.length}**, times by those of bounded load 1.25`, names));
  for (const policy of all[0]!.keys()) {
    const of = (one: Results, name: string, read: (figures: Measured) => number) =>
      mean(one.get(name)!.map(read));
    const cells = [
      ...ratios.map(([, read]) => {
        const logs = all.map((one) => Math.log(of(one, policy, read) / of(one, 'bounded load 1.25', read)));
        return Math.exp(mean(logs)).toFixed(2);
      }),
      ...plain.map(([, read]) => mean(all.map((one) => of(one, policy, read))).toFixed(3)),
    ];
    process.stdout.write(`| ${[policy, ...cells].join(' | ')} |\n`);
  }
}

const results: Results[] = [];
for (const scenario of set) {
  if (!scenario.name.includes(values.only)) continue;
  results.push(values.real ? await measureReal(scenario) : simulate(scenario));
}
if (results.length > 1 && named.includes('bounded load 1.25')) together(results);
