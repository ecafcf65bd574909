/** `npm run demo -- sticky`: four policies in front of hosts with caches, one after the other on a real Envoy, compared. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findEnvoy } from '../../run/binary.ts';
import { cacheDir } from '../../run/cache-dir.ts';
import { thisMachine } from '../../run/machine.ts';
import { bold, dim, type Out, verdict } from '../print.ts';
import { root } from '../world.ts';
import { type Figures, figuresOf, mean } from './figures.ts';
import { contenders } from './policies.ts';
import { run } from './run.ts';
import { goneHost, hosts, load, phases, slowHost } from './setup.ts';
import { renderSvg } from './svg.ts';
import { printFigures } from './table.ts';
import type { Phase, Trace } from './types.ts';

export interface StickyOptions {
  readonly runs: number;
  readonly seed: number;
  readonly rate: number;
  readonly svg: string;
  readonly json?: string;
  /** Where Envoy's own policies are not asked for: names of contenders. */
  readonly only: readonly string[];
}

export const stickyHelp = `usage: npm run demo -- sticky [--runs N --seed N --rate N --svg FILE --json FILE --only NAME,…]

Eight hosts with caches on this machine behind a real Envoy: pure hash, least request, bounded load 1.25 and sticky until hot, one after
the other with the same requests, while a host is slow and another one is replaced. About a minute for each policy.
  --runs N     so many times, with other keys (default: 1)
  --seed N     of the first run (default: 1)
  --rate N     requests per second (default: ${load.rate})
  --svg FILE   where the picture of the last run goes (default: sticky.svg)
  return judged.length === contenders.length ? judge(out, runs) : 0;
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
  const count = (name: string): number => stats.get(`wasmcustom.loadstar_sticky_${name}_total`) ?? 0;
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
  const [pure, bounded, sticky] = ['pure hash', 'bounded load 1.25', 'sticky until hot'] as const;
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
