/**
 * The bar chart of the filter bench: for each variant the median ratio to a native Envoy, with the quartiles
 * as a whisker. Bars begin at 1, so that their length is what a variant costs more. Plain SVG, no fonts or
 * scripts; colours follow the reader's light or dark setting.
 */

export interface Bar {
  readonly label: string;
  readonly median: number;
  readonly q1: number;
  readonly q3: number;
  readonly kind: 'ours' | 'other';
}

const width = 860;
const left = 270;
const right = 90;
const rowHeight = 26;
const top = 62;

const style = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { fill: #59636e; font-size: 12px }
  .grid { stroke: #d1d9e0 }
  .one { stroke: #59636e }
  .ours { fill: #0969da } .other { fill: #bf8700 }
  .whisker { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .quiet { fill: #9198a1 } .grid { stroke: #3d444d } .one { stroke: #9198a1 }
    .ours { fill: #4493f8 } .other { fill: #d29922 } .whisker { stroke: #f0f6fc }
  }`;

/** `note` stands below the title: what was measured, on what. */
export function barChart(title: string, note: string, bars: readonly Bar[]): string {
  const most = Math.max(1.3, ...bars.map((bar) => bar.q3)) + 0.05;
  const least = Math.min(0.9, ...bars.map((bar) => bar.q1 - 0.02));
  const x = (ratio: number) =>
    left + ((Math.max(ratio, least) - least) / (most - least)) * (width - left - right);
  const height = top + bars.length * rowHeight + 40;
  const bottom = height - 36;
  const ticks: number[] = [];
  for (let tick = Math.ceil(least * 10); tick < most * 10; tick++) ticks.push(tick / 10);
  const grid = ticks.flatMap((tick) => [
    `<line class="${tick === 1 ? 'one' : 'grid'}" x1="${n(x(tick))}" x2="${n(x(tick))}" y1="${top - 8}" y2="${bottom}"/>`,
    `<text class="quiet" x="${n(x(tick))}" y="${bottom + 18}" text-anchor="middle">${tick.toFixed(1)}</text>`,
  ]);
  const rows = bars.flatMap((bar, i) => {
    const y = top + i * rowHeight;
    const middle = y + 9;
    return [
      `<text x="${left - 10}" y="${y + 14}" text-anchor="end">${escapeText(bar.label)}</text>`,
      `<rect class="${bar.kind}" x="${n(x(Math.min(1, bar.median)))}" y="${y}" width="${n(Math.abs(x(bar.median) - x(1)))}" height="18"/>`,
      `<path class="whisker" fill="none" d="M${n(x(bar.q1))} ${middle - 4}v8M${n(x(bar.q1))} ${middle}H${n(x(bar.q3))}M${n(x(bar.q3))} ${middle - 4}v8"/>`,
      `<text x="${n(x(Math.max(1, bar.q3)) + 8)}" y="${y + 14}">${bar.median.toFixed(2)}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeText(title)}</title>`,
    `<style>${style}\n</style>`,
    `<text class="title" x="16" y="24">${escapeText(title)}</text>`,
    `<text class="quiet" x="16" y="44">${escapeText(note)}</text>`,
    ...grid,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

const n = (value: number): string => value.toFixed(1);
const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
