/**
 * `npm run demo -- sticky`: four policies in front of hosts with caches, one after the other on a real Envoy,
 * compared.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseOptions, wholeNumber } from '../../host/cli/args.ts';
import type { InForce } from '../../host/cli/dashboard.ts';
import { findEnvoy } from '../../host/run/binary.ts';
import { cacheDir } from '../../host/run/cache-dir.ts';
import { UsageError } from '../../host/run/errors.ts';
import { thisMachine } from '../../host/run/machine.ts';
import type { RunningEnvoy } from '../../host/run/process.ts';
import { demoDashboard } from '../dashboard.ts';
import { bold, dim, type Out, verdict } from '../print.ts';
import { root } from '../world.ts';
import { type Figures, figuresOf, mean } from './figures.ts';
import { contenders } from './policies.ts';
import { run } from './run.ts';
import { change, hosts, load, phases, slowHost, workers } from './setup.ts';
import { renderSvg } from './svg.ts';
import { printFigures } from './table.ts';
import type { Phase, Trace } from './types.ts';

interface StickyOptions {
  readonly runs: number;
  readonly seed: number;
  readonly rate: number;
  readonly svg: string;
  readonly json?: string;
  /** Where Envoy's own policies are not asked for: names of contenders. */
  readonly only: readonly string[];
  readonly dashboard: boolean;
}

const options = {
  runs: { value: 'N', help: 'so many times, with other keys (default: 1)' },
  seed: { value: 'N', help: 'of the first run (default: 1)' },
  rate: { value: 'N', help: `requests per second (default: ${load.rate})` },
  svg: { value: 'FILE', help: 'where the picture of the last run goes (default: sticky.svg)' },
  json: { value: 'FILE', help: 'the figures of all runs' },
  only: { value: 'NAME', help: 'some of the policies, with commas' },
  dashboard: { help: 'a page to look at, and sticky until hot alone' },
} as const;

const STICKY = 'sticky until hot';

export const stickyHelp = `usage: npm run demo -- sticky [--runs N --seed N --rate N --svg FILE --json FILE --only NAME,… --dashboard]

Eight hosts with caches on this machine behind a real Envoy: pure hash, least request, bounded load 1.25 and sticky until hot, one after
the other with the same requests, while a host is slow and another one is replaced. About a minute for each policy.
${Object.entries(options)
  .map(([name, rest]) => `  ${`--${name} ${'value' in rest ? rest.value : ''}`.padEnd(13)}${rest.help}\n`)
  .join('')}`;

/** @throws {UsageError} with what is wrong with the arguments. */
export function parseSticky(argv: readonly string[]): StickyOptions {
  const args = parseOptions(argv, options);
  const whole = (name: string, otherwise: number): number => {
    const value = args.one(name);
    return value === undefined ? otherwise : wholeNumber(`--${name}`, value, 1, 100_000);
  };
  const only = (args.one('only') ?? '').split(',').filter((name) => name !== '');
  const unknown = only.find((name) => !contenders.some((one) => one.name === name));
  if (unknown !== undefined)
    throw new UsageError(
      `--only: there are ${contenders.map(({ name }) => name).join(', ')}, not ${unknown}`,
    );
  return {
    runs: whole('runs', 1),
    seed: whole('seed', 1),
    rate: whole('rate', load.rate),
    svg: args.one('svg') ?? 'sticky.svg',
    json: args.one('json'),
    only: args.has('dashboard') ? [STICKY] : only,
    dashboard: args.has('dashboard'),
  };
}

/** Resolves to how many promises were broken. */
export async function showSticky(
  out: Out,
  options: StickyOptions,
  cleanups: (() => Promise<void>)[],
): Promise<number> {
  const machine = thisMachine();
  const cache = cacheDir(join(root, 'host'), machine.env, existsSync);
  const envoy = await findEnvoy(machine, { cacheDir: cache, progress: (line) => out.write(`${line}\n`) });
  const judged = contenders.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  const seconds = phases.reduce((sum, phase) => sum + phase.seconds, 0);
  const minutes = (options.runs * judged.length * seconds) / 60;
  out.write(
    `${hosts.length} hosts, ${options.rate} requests a second, about ${minutes.toFixed(0)} minutes\n`,
  );
  const runs: Figures[][] = [];
  for (let i = 0; i < options.runs; i++) {
    const figures: Figures[] = [];
    for (const contender of judged) {
      const label =
        options.runs === 1 ? contender.name : `run ${i + 1} of ${options.runs}, ${contender.name}`;
      const trace = await run({
        envoy,
        contender,
        phases,
        hosts,
        load: { ...load, rate: options.rate, seed: options.seed + i },
        workers,
        change,
        cleanups,
        progress: progressLine(out, label),
        onEnvoy: options.dashboard ? (envoy, inForce) => look(out, envoy, inForce, cleanups) : undefined,
      });
      figures.push(figuresOf(trace, phases, slowHost));
      sayOne(out, label, figures.at(-1)!, trace);
    }
    runs.push(figures);
    // Written after each run, so that an interrupted series keeps its results.
    writeFileSync(options.svg, renderSvg(figures, phases));
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ runs }, null, 1)}\n`);
  }
  printFigures(out, runs);
  out.write(`\nthe picture of ${options.runs === 1 ? 'it' : 'the last run'}: ${options.svg}\n`);
  return judged.length === contenders.length ? judge(out, runs) : 0;
}

async function look(
  out: Out,
  envoy: RunningEnvoy,
  inForce: InForce,
  cleanups: (() => Promise<void>)[],
): Promise<void> {
  const { url, close } = await demoDashboard(envoy, inForce);
  cleanups.push(close);
  out.write(`${bold(out, 'dashboard')}  ${url}\n`);
}

function progressLine(out: Out, label: string): (phase: Phase, secondsLeft: number) => void {
  let shown = '';
  return (phase, left) => {
    if (out.colour) out.write(`\r\x1b[2K${label}: ${phase.name}, ${left} s`);
    else if (shown !== phase.name) out.write(`${label}: ${phase.name}, ${phase.seconds} s\n`);
    shown = phase.name;
  };
}

function sayOne(out: Out, label: string, figures: Figures, { stats }: Trace): void {
  const all = figures.phases[0]!;
  const count = (name: string): number => stats.get(`loadstar_sticky_${name}_total`) ?? 0;
  const spilled = count('spilled_1') + count('spilled_2') + count('spilled_3_to_7');
  const told =
    stats.size === 0 ? '' : `; ${count('home')} at home, ${spilled} spilled, ${count('hot_key')} of hot keys`;
  out.write(
    `${out.colour ? '\r\x1b[2K' : ''}${label}: hit rate ${all.hitRate.toFixed(2)}, p99 ${all.p99.toFixed(0)} ms, this machine ${figures.lateMs.toFixed(0)} ms late${dim(out, told)}\n`,
  );
}

function judge(out: Out, runs: readonly (readonly Figures[])[]): number {
  const of = (name: string, read: (figures: Figures) => number): number =>
    mean(runs.map((one) => read(one.find(({ contender }) => contender === name)!)));
  const hit = (name: string) => of(name, ({ phases: [all] }) => all!.hitRate);
  const p99 = (name: string) => of(name, ({ phases: [all] }) => all!.p99);
  const [pure, bounded, sticky] = ['pure hash', 'bounded load 1.25', STICKY] as const;
  const moved = of(sticky, (figures) => figures.moved);
  const home = runs.map((one) => one.find(({ contender }) => contender === sticky)!.homeAfter);
  const verdicts = [
    {
      promise: "sticky until hot: hit rate at least pure hashing's minus 0.05",
      holds: hit(sticky) >= hit(pure) - 0.05,
      seen: `${hit(sticky).toFixed(3)}, pure hashing ${hit(pure).toFixed(3)}`,
    },
    {
      promise: "p99 at most 0.75 of bounded load's, and not above pure hashing's",
      holds: p99(sticky) <= 0.75 * p99(bounded) && p99(sticky) <= p99(pure),
      seen: `${p99(sticky).toFixed(0)} ms, bounded load ${p99(bounded).toFixed(0)} ms, pure hashing ${p99(pure).toFixed(0)} ms`,
    },
    {
      promise: 'less than a tenth of the keys move in the steady phase',
      holds: moved < 0.1,
      seen: moved.toFixed(3),
    },
    {
      promise: 'the keys of the slow host are home within 30 s after it recovers',
      holds: home.every((seconds) => seconds !== undefined && seconds <= 30),
      seen: home.map((seconds) => (seconds === undefined ? 'not in time' : `${seconds} s`)).join(', '),
    },
  ];
  out.write(`\n${bold(out, 'goals')}\n`);
  for (const one of verdicts) verdict(out, one);
  return verdicts.filter(({ holds }) => !holds).length;
}
