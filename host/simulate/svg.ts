/**
 * A simulation as an SVG picture: a bar per host (before, after), a tick at its expected share, and what
 * moved.
 */
import { percent, wholeText } from '../basics/text.ts';
import type { PoolReport } from './result.ts';

const WIDTH = 760;
const LEFT = 190;
const RIGHT = 110;
const ROW = 16;
const GAP = 10;

/** One document with a panel for each pool. Same input, same bytes. */
export function renderSvg(reports: readonly PoolReport[]): string {
  const panels: string[] = [];
  let y = 0;
  for (const report of reports) {
    const { svg, height } = panel(report, y);
    panels.push(svg);
    y += height;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">
<style>
  text { font: 12px system-ui, sans-serif; fill: #24292f } .h { font-weight: 600; font-size: 14px } .s { fill: #57606a }
  .before { fill: #8fa7c4 } .after { fill: #2f6fb3 } .due { stroke: #24292f; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .s { fill: #9198a1 } .due { stroke: #e6edf3 } }
</style>
${panels.join('\n')}
</svg>
`;
}

function panel(report: PoolReport, top: number): { svg: string; height: number } {
  const { before, after, moves } = report;
  const names = [...new Set([...before.hosts, ...(after?.hosts ?? [])].map(({ host }) => host))].sort();
  const old = new Map(before.hosts.map((h) => [h.host, h]));
  const now = new Map(after?.hosts.map((h) => [h.host, h]));
  const most = Math.max(
    ...[...before.hosts, ...(after?.hosts ?? [])].flatMap((h) => [h.share, h.expected]),
    1e-9,
  );
  const x = (share: number): number => round(LEFT + (share / most) * (WIDTH - LEFT - RIGHT));
  const parts = [
    text(20, top + 26, report.pool, 'h'),
    text(20, top + 44, `${report.key}, ${wholeText(report.keys)} keys, table of ${report.tableSize}`, 's'),
  ];
  let y = top + 60;
  for (const name of names) {
    parts.push(text(20, y + 12, name, ''));
    for (const [kind, host] of [
      ['before', old.get(name)],
      ['after', now.get(name)],
    ] as const) {
      if (kind === 'after' && after === undefined) continue;
      if (host !== undefined) {
        parts.push(
          `<rect class="${kind}" x="${LEFT}" y="${y}" width="${round(x(host.share) - LEFT)}" height="${ROW - 2}"/>`,
        );
        parts.push(
          `<line class="due" x1="${x(host.expected)}" x2="${x(host.expected)}" y1="${y - 1}" y2="${y + ROW - 1}"/>`,
        );
        parts.push(
          text(
            x(Math.max(host.share, host.expected)) + 6,
            y + 11,
            `${percent(host.share)} ${kind === 'after' ? 'after' : ''}`.trim(),
            's',
          ),
        );
      }
      y += ROW;
    }
    y += GAP;
  }
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

const round = (n: number): number => Math.round(n * 100) / 100;
const markup = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const text = (x: number, y: number, value: string, style: string): string =>
  `<text${style === '' ? '' : ` class="${style}"`} x="${x}" y="${y}">${markup(value)}</text>`;
