/** A simulation as text for a terminal: a table of hosts before and after, then what moved. */
import { percent, wholeText } from '../basics/text.ts';
import type { Moves } from './moves.ts';
import type { PoolReport } from './result.ts';
import type { HostSpread, Spread } from './spread.ts';

const signed = (share: number): string => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;

export function renderReport(report: PoolReport): string {
  const { pool, key, tableSize, keys, distinct, change, after, moves } = report;
  const lines = [
    pool,
    `  ${key} · maglev ${tableSize} slots · ${wholeText(keys)} keys${distinct === keys ? '' : ` (${wholeText(distinct)} different)`}` +
      `${report.policy === undefined ? '' : ` · ${report.policy}`}`,
    '',
    ...renderSpread(report.before),
  ];
  if (after !== undefined && moves !== undefined) {
    lines.push(
      '',
      `  ${change ?? 'after the change'}`,
      '',
      ...renderSpread(after),
      '',
      ...renderMoves(moves),
    );
  }
  for (const note of report.notes) lines.push('', `  note: ${note}`);
  return `${lines.join('\n')}\n`;
}

function renderSpread(spread: Spread): string[] {
  const rows = [
    ['host', 'weight', 'expected', 'keys', 'share', 'off by', ''],
    ...spread.hosts.map((h) => [
      h.host,
      String(h.weight),
      wholeText(h.expected * spread.keys),
      wholeText(h.keys),
      percent(h.share),
      signed(h.deviation),
      bar(h, spread),
    ]),
  ];
  const farthest = (h: HostSpread): string => `${h.host} ${wholeText(h.keys)} (${signed(h.deviation)})`;
  return [...align(rows), '', `  least ${farthest(spread.least)}, most ${farthest(spread.most)}`];
}

const BAR = 24;
/** The longest bar is the host with most keys. */
function bar({ keys }: HostSpread, spread: Spread): string {
  const most = Math.max(...spread.hosts.map((h) => h.keys), 1);
  return '█'.repeat(Math.round((keys / most) * BAR));
}

function renderMoves(moves: Moves): string[] {
  const of = (n: number): string => `${wholeText(n)} (${percent(moves.keys === 0 ? 0 : n / moves.keys, 2)})`;
  return align(
    [
      ['keys that move', of(moves.moved), `of ${wholeText(moves.keys)}`],
      ['  their host is gone', of(moves.hostGone), ''],
      [
        '  their host stayed',
        of(moves.hostStayed),
        moves.hostStayed === 0 ? '' : `${wholeText(moves.betweenStaying)} to a host that was there before`,
      ],
      ['the least possible', of(moves.ideal), 'gone hosts, and what shares shrink by'],
      ['needless moves', of(moves.needless), ''],
    ],
    1,
  );
}

/**
 * Columns padded to their widest cell, the first `left` and the last to the left, the others to the right.
 */
function align(rows: readonly (readonly string[])[], left = 1): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => row[i]?.length ?? 0)),
  );
  return rows.map((row) => {
    const cells = row.map((cell, i) =>
      i < left || i === columns - 1 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
    );
    return `  ${cells.join('  ')}`.trimEnd();
  });
}
