/**
 * A simulation as an SVG picture: a bar per host (before, after), a tick at its expected share, and what
 * moved.
 */
import { percent, wholeText } from '../basics/text.ts';
import { type Bar, shareBars } from '../drawing/share-bars.ts';
import { text } from '../drawing/svg.ts';
import type { PoolReport } from './result.ts';
import type { HostSpread } from './spread.ts';

const WIDTH = 760;
const LEFT = 190;
const RIGHT = 110;

const STYLE = `<style>
  text { font: 12px system-ui, sans-serif; fill: #24292f } .h { font-weight: 600; font-size: 14px } .s { fill: #57606a }
  .before { fill: #8fa7c4 } .after { fill: #2f6fb3 } .due { stroke: #24292f; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .s { fill: #9198a1 } .due { stroke: #e6edf3 } }
</style>`;

/**
 * One document with a panel for each pool. Same input, same bytes.
 * @param styled False: the colours are those of the page that it stands in.
 */
export function renderSvg(reports: readonly PoolReport[], styled = true): string {
  const panels: string[] = [];
  let y = 0;
  for (const report of reports) {
    const { svg, height } = panel(report, y);
    panels.push(svg);
    y += height;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">
${styled ? STYLE : ''}
${panels.join('\n')}
</svg>
`;
}

function panel(report: PoolReport, top: number): { svg: string; height: number } {
  const { before, after, moves } = report;
  const names = [...new Set([...before.hosts, ...(after?.hosts ?? [])].map(({ host }) => host))].sort();
  const old = new Map(before.hosts.map((h) => [h.host, h]));
  const now = new Map(after?.hosts.map((h) => [h.host, h]));
  const parts = [
    text(20, top + 26, report.pool, 'h'),
    text(20, top + 44, `${report.key}, ${wholeText(report.keys)} keys, table of ${report.tableSize}`, 's'),
  ];
  const rows = names.map((name) => ({
    name,
    bars: [
      ...barOf('before', old.get(name)),
      ...(after === undefined ? [] : [...barOf('after', now.get(name), 'after')]),
    ],
  }));
  const drawn = shareBars(rows, { width: WIDTH, left: LEFT, right: RIGHT, top: top + 60 });
  parts.push(drawn.svg);
  let y = drawn.bottom;
  if (moves !== undefined) {
    parts.push(
      text(
        20,
        y + 12,
        `${report.change ?? 'after the change'}: ${wholeText(moves.moved)} keys move (${percent(moves.moved / Math.max(1, moves.keys))}), the least possible is ${wholeText(moves.ideal)}; of hosts that stayed: ${wholeText(moves.hostStayed)}`,
        '',
      ),
    );
    y += 24;
  }
  parts.push(text(20, y + 10, 'line: what the weights make it expect', 's'));
  return { svg: parts.join('\n'), height: y + 30 - top };
}

const barOf = (style: string, host: HostSpread | undefined, note?: string): Bar[] =>
  host === undefined ? [] : [{ style, share: host.share, due: host.expected, note }];
