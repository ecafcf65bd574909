/**
 * Diagnostics → text with the source line and a caret, or JSON. Both are sorted by file, line and column
 * (what has no place comes first), and equal input gives equal bytes.
 */
import { countText } from '../basics/text.ts';
import { type Diagnostic, hasLines, type Location, placeText, type Severity } from './diagnostic.ts';

const colours = {
  error: '\x1b[31m',
  warning: '\x1b[33m',
  notice: '\x1b[36m',
  faint: '\x1b[2m',
  bold: '\x1b[1m',
};
const reset = '\x1b[0m';
/** A line longer than this is cut around the caret. */
const widest = 120;
/** One mistake in a generator makes thousands of messages: more are counted. JSON has all of them. */
export const MAX_SHOWN = 200;
const severities: readonly Severity[] = ['error', 'warning', 'notice'];

/** By file, line, column; equal places keep the order in which they were found. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const compare = (a: Diagnostic, b: Diagnostic): number => {
    if (a.at === undefined || b.at === undefined)
      return Number(a.at !== undefined) - Number(b.at !== undefined);
    if (a.at.file !== b.at.file) return a.at.file < b.at.file ? -1 : 1;
    return a.at.line - b.at.line || a.at.column - b.at.column;
  };
  return [...diagnostics].sort(compare);
}

/**
 * Each as `file:line:column: severity: message [code]`, then the field, value, rule and hint it has, the line
 * and a caret.
 */
export function renderText(diagnostics: readonly Diagnostic[], options: { readonly color: boolean }): string {
  const paint = (colour: keyof typeof colours, text: string): string =>
    options.color ? `${colours[colour]}${text}${reset}` : text;
  const place = (at: Location | undefined): string => (at === undefined ? '' : `${placeText(at)}: `);
  const frame = (at: Location): string[] => {
    if (!hasLines(at)) return [];
    const { text, column } = cut(at);
    const number = String(at.line);
    const margin = ' '.repeat(number.length);
    // A tab moves the caret as far as it moves the text.
    const before = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
    const width = Math.max(1, Math.min(at.length, text.length - column + 1));
    return [
      `  ${paint('faint', `${number} |`)} ${text}`,
      `  ${paint('faint', `${margin} |`)} ${before}${'^'.repeat(width)}`,
    ];
  };
  const one = (d: Diagnostic): string => {
    const out = [
      `${paint('bold', place(d.at))}${paint(d.severity, `${d.severity}:`)} ${printable(d.message)} ${paint('faint', `[${d.code}]`)}`,
    ];
    const line = (name: string, text: string | undefined): void => {
      if (text !== undefined) out.push(`  ${paint('faint', `${`${name}:`.padEnd(9)}`)} ${printable(text)}`);
    };
    line('resource', d.at?.file === d.resource ? undefined : d.resource);
    line('field', d.field);
    line('value', d.value === undefined ? undefined : inline(d.value));
    // A message like "tableSize must be …, not 7." contains the rule, so it is not repeated.
    const said = d.rule !== undefined && d.message.startsWith(d.rule.slice(0, -1));
    line('rule', said ? undefined : d.rule);
    line('hint', d.hint);
    if (d.at !== undefined) out.push(...frame(d.at));
    for (const note of d.notes ?? []) {
      out.push(`  ${place(note.at)}${paint('notice', 'note:')} ${printable(note.message)}`);
      if (note.at !== undefined) out.push(...frame(note.at));
    }
    return `${out.join('\n')}\n`;
  };
  const shown = mostSevere(diagnostics);
  const text = sortDiagnostics(shown).map(one).join('\n');
  return shown.length === diagnostics.length ? text : `${text}\n${moreText(diagnostics, shown)}\n`;
}

/** Errors first; of equal severity those that were found first. */
function mostSevere(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length <= MAX_SHOWN) return diagnostics;
  return severities
    .flatMap((one) => diagnostics.filter(({ severity }) => severity === one))
    .slice(0, MAX_SHOWN);
}

function moreText(all: readonly Diagnostic[], shown: readonly Diagnostic[]): string {
  const count = (list: readonly Diagnostic[], one: Severity): number =>
    list.filter(({ severity }) => severity === one).length;
  const parts = severities.flatMap((one) => {
    const more = count(all, one) - count(shown, one);
    return more === 0 ? [] : [countText(more, one)];
  });
  return `… and ${all.length - shown.length} more (${parts.join(', ')}); loadstar check --format json prints all of them`;
}

/** One JSON document: the sorted list of diagnostics as they are, ends with a newline. */
export function renderJson(diagnostics: readonly Diagnostic[]): string {
  return `${JSON.stringify(sortDiagnostics(diagnostics), null, 2)}\n`;
}

/** A value on one line, in JSON, at most 80 characters. */
export function inline(value: unknown): string {
  // YAML has numbers that JSON has not, and writes them so.
  const text =
    typeof value === 'number' && !Number.isFinite(value)
      ? String(value).replace('NaN', '.nan').replace('Infinity', '.inf')
      : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** A manifest must not control the terminal: control characters are printed as escapes. */
function printable(text: string): string {
  return text.replace(/(?!\t)\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** What of the line is shown, and the column of the place within that. */
function cut({ lineText, lineFrom = 1, column }: Location): { text: string; column: number } {
  const text = printableLine(lineText);
  const at = column - lineFrom + 1;
  if (text.length <= widest) return { text, column: at };
  const from = Math.max(0, Math.min(at - 1 - 20, text.length - widest));
  return { text: text.slice(from, from + widest), column: at - from };
}

/** As `printable`, but each character becomes one character, so that columns stay right. */
function printableLine(text: string): string {
  return text.replace(/(?!\t)\p{Cc}/gu, '\u00b7');
}
