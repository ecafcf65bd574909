/**
 * docs/rates.svg: busiest to least over time, when one of four hosts falls to a third or a tenth of its
 * capacity.
 *   node --import tsx test/rates/figure.ts [--before FILE] > docs/rates.svg
 * FILE is a build of the filter to compare with.
 */
import { parseArgs } from 'node:util';
import { unevenness } from './measure.ts';
import { run } from './run.ts';
import { balances, CHANGE } from './scenarios.ts';

const { values } = parseArgs({ options: { before: { type: 'string' } } });
const width = 720;
const height = 320;
const left = 50;
const bottom = 40;
const begin = CHANGE - 5;
const end = CHANGE + 45;
const most = 4;
const x = (second: number): number => left + ((second - begin) / (end - begin)) * (width - left - 150);
const y = (ratio: number): number =>
  height - bottom - ((Math.min(ratio, most) - 1) / (most - 1)) * (height - bottom - 20);

function line(name: string, wasm: string | undefined, kind: string, label: string): string {
  const scenario = balances.find((one) => one.name === name)!.scenario;
  const result = run(scenario, 1, wasm);
  const points: string[] = [];
  let last = 0;
  for (let second = begin; second < end; second++) {
    // Busiest to least by the capacities that hold since the change; before it all hosts are equal.
    last = second < CHANGE ? 1 : unevenness(result, Math.max(CHANGE, second - 2), second + 1);
    points.push(`${x(second).toFixed(1)},${y(last).toFixed(1)}`);
  }
  return `<polyline class="${kind}" points="${points.join(' ')}"/><text x="${x(end) + 2}" y="${(y(last) + (kind.includes('third') ? 11 : -4)).toFixed(1)}">${label} ${last.toFixed(2)}</text>`;
}

const lines = ['third', 'tenth'].flatMap((part) => {
  const name = `a ${part} of the capacity`;
  const now = line(name, undefined, part, `a ${part}, now`);
  return values.before === undefined
    ? [now]
    : [line(name, values.before, `${part} before`, `a ${part}, before`), now];
});
const marks = [1, 2, 3, 4].map(
  (ratio) =>
    `<path class="grid" d="M${left} ${y(ratio)}H${x(end)}"/><text x="${left - 24}" y="${y(ratio) + 4}">${ratio}</text>`,
);
const times = [0, 10, 20, 30, 40].map(
  (second) => `<text x="${x(CHANGE + second) - 8}" y="${height - bottom + 18}">${second} s</text>`,
);
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Busiest to least over time">
<style>
text { font: 12px sans-serif; fill: #444 } .grid { stroke: #8884; fill: none } polyline { fill: none; stroke-width: 2 }
.third { stroke: #2a78d6 } .tenth { stroke: #d65a2a } .before { stroke-dasharray: 5 4 }
@media (prefers-color-scheme: dark) { text { fill: #ccc } .third { stroke: #6aaeff } .tenth { stroke: #ff9a6a } }
</style>
${[...marks, ...times, ...lines].join('\n')}
<text x="${left}" y="${height - 6}">seconds after one of four hosts falls to a third or a tenth of its capacity; busiest to least, above 4 cut off</text>
</svg>
`);
