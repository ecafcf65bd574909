/** The section `filter`: runs the shots and renders them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assemble } from '../../support/assemble.ts';
import { barChart } from '../report/svg.ts';
import { fixed, table } from '../report/table.ts';
import { type Spread, standardError } from '../support/stats.ts';
import type { Peer } from './edits.ts';
import { type Measured, measure } from './measure.ts';
import { many, startBackends, variants } from './variants.ts';

export interface FilterResult {
  readonly requestsPerShot: number;
  readonly connections: number;
  readonly shots: number;
  readonly variants: readonly Measured[];
}

export async function benchFilter(
  options: { envoy: string; shots: number; quick: boolean; peers: readonly Peer[] },
  log: (line: string) => void,
): Promise<FilterResult> {
  const backends = await startBackends();
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-bench-'));
  const idle = join(folder, 'nothing.wasm');
  writeFileSync(idle, await assemble('nothing'));
  const shot = { requestsPerShot: 500, connections: 8, shots: options.shots };
  try {
    const measured = await measure(variants(backends, options.peers, idle), {
      ...shot,
      envoy: options.envoy,
      warmup: options.quick ? 5000 : 20_000,
      seed: 1,
      log,
    });
    return { ...shot, variants: measured };
  } finally {
    await Promise.all(Object.values(backends).map((backend) => backend.stop()));
    rmSync(folder, { recursive: true });
  }
}

/** The second ratio, with an error of its own. */
const toText = (to: Spread, baseline: string): string =>
  `${fixed(to.median, 3)} ± ${fixed(standardError(to), 3)} of ${baseline}`;

export function renderFilter(result: FilterResult): string {
  const rows = table<Measured>(
    [
      { title: 'Envoy CPU per request', of: (v) => v.name },
      { title: 'µs', of: (v) => fixed(v.us.median, 1), right: true },
      { title: 'more', of: (v) => fixed(v.more.median, 1), right: true },
      { title: 'ratio', of: (v) => fixed(v.ratio.median, 3), right: true },
      { title: 'quartiles', of: (v) => `${fixed(v.ratio.q1, 3)} … ${fixed(v.ratio.q3, 3)}` },
      { title: '±', of: (v) => fixed(v.ratioError, 3), right: true },
      { title: 'to', of: (v) => (v.toBaseline ? toText(v.toBaseline, v.baseline!) : '') },
      { title: 'shots', of: (v) => String(v.ratio.n), right: true },
      { title: 'dropped', of: (v) => String(v.dropped), right: true },
      { title: 'not 200', of: (v) => String(v.wrong), right: true },
    ],
    result.variants,
  );
  const failed = result.variants
    .filter((v) => v.failed !== undefined)
    .map((v) => `${v.name} did not run: ${v.failed}`);
  return [rows, ...failed].join('\n');
}

/** What ran, each against the native Envoy that does the same. */
export function chartOf(result: FilterResult, machine: string): string {
  const bars = result.variants
    .filter((v) => v.failed === undefined && v.ratio.n > 0 && !v.name.startsWith('native'))
    .map((v) => {
      const { median, q1, q3 } = v.toBaseline ?? v.ratio;
      return {
        label: v.name,
        median,
        q1,
        q3,
        kind: v.name.startsWith('Loadstar') ? 'ours' : 'other',
      } as const;
    });
  const note = `median of up to ${result.shots} shots of ${result.requestsPerShot} requests, quartiles; ${machine}`;
  return barChart('Envoy CPU per request, ratio to a native Envoy that does the same', note, bars);
}

/** The goals of the filter, for a reader who wants one line each. Reported, never asserted. */
export function goals(result: FilterResult): string[] {
  const ratio = (name: string) => result.variants.find((v) => v.name === name)?.ratio.median ?? Number.NaN;
  const toBase = (name: string) =>
    result.variants.find((v) => v.name === name)?.toBaseline?.median ?? Number.NaN;
  const manyTo = toBase(`Loadstar, ${many} policies`) / ratio('Loadstar, header key');
  return [
    `pick and strip: ${fixed(ratio('Loadstar, header key'), 3)} of native (goal 1.17); Lua ${fixed(ratio('Lua, header key'), 3)}, ${fixed(ratio('Lua, header key, strips itself'), 3)}`,
    `${many} policies against one: ${fixed(manyTo, 3)} (goal 1.03)`,
    `pick by a cookie: ${fixed(toBase('Loadstar, cookie key'), 3)} of native (goal 1.17)`,
    `reports: good ${fixed(toBase('Loadstar, good reports'), 3)}, repaired ${fixed(toBase('Loadstar, reports repaired'), 3)} of native (goal 1.17)`,
    `sticky until hot: ${fixed(toBase('Loadstar, sticky until hot'), 3)} of native (goal 1.27)`,
    `a route without policy: ${fixed(toBase('Loadstar, route without policy'), 3)} of native (goal 1.00)`,
  ];
}
