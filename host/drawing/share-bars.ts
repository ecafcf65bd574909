/** Hosts as bars, one or two for each, with a tick at what each is due. */
import { percent } from '../basics/text.ts';
import { round, text } from './svg.ts';

export interface Bar {
  /** Its class: a colour in the style sheet. */
  readonly style: string;
  /** 0..1. */
  readonly share: number;
  /** 0..1; undefined: no tick. */
  readonly due?: number;
  /** After the share. */
  readonly note?: string;
}
export interface BarRow {
  readonly name: string;
  readonly bars: readonly Bar[];
}
export interface Frame {
  readonly width: number;
  /** Where bars begin; names stand before. */
  readonly left: number;
  /** For the text after the longest bar. */
  readonly right: number;
  /** Where the rows begin. */
  readonly top: number;
}

const ROW = 16;
const GAP = 10;

/** Elements of SVG, without a root. The longest bar fills the width. */
export function shareBars(
  rows: readonly BarRow[],
  { width, left, right, top }: Frame,
): { readonly svg: string; readonly bottom: number } {
  const all = rows.flatMap(({ bars }) => bars).flatMap(({ share, due = 0 }) => [share, due]);
  const most = all.reduce((a, b) => Math.max(a, b), 1e-9);
  const x = (share: number): number => round(left + (share / most) * (width - left - right));
  const parts: string[] = [];
  let y = top;
  for (const { name, bars } of rows) {
    parts.push(text(20, y + 12, name, ''));
    for (const { style, share, due, note = '' } of bars) {
      parts.push(
        `<rect class="${style}" x="${left}" y="${y}" width="${round(x(share) - left)}" height="${ROW - 2}"/>`,
      );
      if (due !== undefined)
        parts.push(`<line class="due" x1="${x(due)}" x2="${x(due)}" y1="${y - 1}" y2="${y + ROW - 1}"/>`);
      parts.push(text(x(Math.max(share, due ?? 0)) + 6, y + 11, `${percent(share)} ${note}`.trim(), 's'));
      y += ROW;
    }
    y += GAP;
  }
  return { svg: parts.join('\n'), bottom: y };
}
