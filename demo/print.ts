/**
 * What the demo writes to the terminal: headings, bars, verdicts. Colours only where the output is a
 * terminal.
 */

export interface Out {
  write(text: string): void;
  readonly colour: boolean;
}

const paint = (out: Out, code: number, text: string): string =>
  out.colour ? `\x1b[${code}m${text}\x1b[0m` : text;
export const bold = (out: Out, text: string): string => paint(out, 1, text);
export const dim = (out: Out, text: string): string => paint(out, 2, text);
const green = (out: Out, text: string): string => paint(out, 32, text);
const red = (out: Out, text: string): string => paint(out, 31, text);

const width = 40;

/** A line per host: name, count, and a bar whose full length is `total`. */
export function bars(out: Out, counts: ReadonlyMap<string, number>, total: number): void {
  const nameWidth = Math.max(...[...counts.keys()].map((name) => name.length));
  const digits = String(total).length;
  for (const [name, count] of counts) {
    const bar = '█'.repeat(Math.round((count / Math.max(total, 1)) * width));
    out.write(`${`  ${name.padEnd(nameWidth)}  ${String(count).padStart(digits)}  ${bar}`.trimEnd()}\n`);
  }
}

export interface Verdict {
  readonly promise: string;
  readonly holds: boolean;
  readonly seen: string;
}

/** Two lines: what is promised, and whether it is true, with what was seen. */
export function verdict(out: Out, { promise, holds, seen }: Verdict): void {
  out.write(`  ${dim(out, 'promise')}  ${promise}\n`);
  out.write(`  ${holds ? green(out, 'holds  ') : red(out, 'BROKEN ')}  ${seen}\n`);
}

/** Columns as wide as their longest cell; figures are flush right, words flush left. */
export function table(out: Out, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (/^\d/.test(rows[0]![i]!) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  out.write(`  ${dim(out, line(head))}\n`);
  for (const row of rows) out.write(`  ${line(row)}\n`);
}
