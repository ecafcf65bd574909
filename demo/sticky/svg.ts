/**
 * A run as a picture: 99th percentile, hit rate and the hottest host, second by second, a line for each
 * policy.
 */
import { type Figures, spansOf } from './figures.ts';
import type { Phase } from './types.ts';

const WIDTH = 860;
const LEFT = 60;
const RIGHT = 20;
const PANEL = 150;
const GAP = 46;
const TOP = 66;

type Point = Figures['series'][number];
interface Panel {
  readonly title: string;
  readonly read: (point: Point) => number;
  /** Value → 0 (bottom) to 1 (top). */
  readonly scale: (value: number) => number;
  readonly marks: readonly (readonly [value: number, label: string])[];
}

const log =
  (low: number, high: number) =>
  (value: number): number =>
    Math.log(Math.min(high, Math.max(low, value)) / low) / Math.log(high / low);

const panels: readonly Panel[] = [
  {
    title: '99th percentile of the time to the answer (4 s: gave up)',
    read: ({ p99 }) => p99,
    scale: log(40, 4_000),
    marks: [
      [50, '50 ms'],
      [200, '200 ms'],
      [1_000, '1 s'],
      [4_000, '4 s'],
    ],
  },
  {
    title: 'hit rate',
    read: ({ hitRate }) => hitRate,
    scale: (value) => value,
    marks: [
      [0, '0'],
      [0.5, '0.5'],
      [1, '1'],
    ],
  },
  {
    title: 'requests at the hottest host',
    read: ({ hottest }) => hottest,
    scale: log(1, 400),
    marks: [
      [2, '2'],
      [10, '10'],
      [50, '50'],
      [200, '200'],
    ],
  },
];

/** Same figures, same bytes. */
export function renderSvg(run: readonly Figures[], phases: readonly Phase[]): string {
  const seconds = phases.reduce((sum, phase) => sum + phase.seconds, 0);
  const x = (second: number): number => round(LEFT + (second / seconds) * (WIDTH - LEFT - RIGHT));
  const height = TOP + panels.length * (PANEL + GAP);
  const parts: string[] = [];
  for (const [i, { contender }] of run.entries()) {
    parts.push(`<line class="l${i}" x1="${LEFT + i * 190}" x2="${LEFT + i * 190 + 26}" y1="22" y2="22"/>`);
    parts.push(text(LEFT + i * 190 + 32, 26, contender, ''));
  }
  for (const [p, panel] of panels.entries()) {
    const top = TOP + p * (PANEL + GAP);
    const y = (value: number): number => round(top + PANEL - panel.scale(value) * PANEL);
    for (const [n, { phase, from, to }] of spansOf(phases).entries()) {
      const [left, right] = [x(from / 1_000), x(to / 1_000)];
      const shade = `<rect class="${n % 2 === 0 ? 'p' : 'q'}" x="${left}" y="${top}" width="${round(right - left)}" height="${PANEL}"/>`;
      parts.push(shade);
      if (p === 0)
        parts.push(
          text(
            left + 2,
            top - 4,
            phase.name.replace('one host removed', 'removed').replace('one host', 'host'),
            't',
          ),
        );
    }
    parts.push(text(LEFT, top - (p === 0 ? 18 : 6), panel.title, 'h'));
    for (const [value, label] of panel.marks) {
      parts.push(`<line class="g" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}"/>`);
      parts.push(`<text class="s" text-anchor="end" x="${LEFT - 6}" y="${y(value) + 4}">${label}</text>`);
    }
    for (const [i, { series }] of run.entries()) {
      const points = series.map((point, second) => `${x(second + 0.5)},${y(panel.read(point))}`);
      parts.push(`<polyline class="l${i}" points="${points.join(' ')}"/>`);
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<style>
  svg { background: #fff } text { font: 12px system-ui, sans-serif; fill: #24292f } .h { font-weight: 600 } .s { font-size: 11px; fill: #57606a } .t { font-size: 10px; fill: #57606a }
  .p { fill: #f6f8fa } .q { fill: #eaeef2 } .g { stroke: #d0d7de; stroke-width: 0.5 } polyline, .l0, .l1, .l2, .l3 { fill: none; stroke-width: 1.8 }
  .l0 { stroke: #8250df } .l1 { stroke: #9a6700 } .l2 { stroke: #0969da } .l3 { stroke: #1a7f37; stroke-width: 2.6 }
</style>
${parts.join('\n')}
</svg>
`;
}

const round = (n: number): number => Math.round(n * 10) / 10;
const markup = (value: string): string => value.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const text = (x: number, y: number, value: string, style: string): string =>
  `<text${style === '' ? '' : ` class="${style}"`} x="${x}" y="${y}">${markup(value)}</text>`;
