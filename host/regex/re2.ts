/**
 * Regular expressions as Envoy has them: RE2, byte by byte (its Latin-1 mode: `.` is a byte, `\x{100}` an
 * error), the whole text has to match (RE2::FullMatch), in time linear in the text. Compiled once per
 * distinct pattern.
 */
import { RE2JS } from 're2js';
import { scan } from './scan.ts';

/**
 * Size of a pattern with its repetitions written out. Envoy's RE2 takes more (it gives up at some half a
 * million instructions); here it bounds the time and the memory of a check.
 */
export const MAX_PATTERN_SIZE = 16_384;
/** Compiled patterns that are kept. */
const MAX_KEPT = 4096;

type Compiled = { readonly re: RE2JS; readonly fault?: undefined } | { readonly fault: string };
const compiled = new Map<string, Compiled>();

/** Why Envoy would refuse the pattern, without full stop; undefined: it takes it. */
export const patternFault = (pattern: string): string | undefined => compile(pattern).fault;

/** Whether all of the text matches; false for a pattern with a fault. */
export function fullMatch(pattern: string, text: string): boolean {
  const { re } = compile(pattern) as { re?: RE2JS };
  return re?.matcher(bytes(text)).matches() ?? false;
}

/**
 * Why Envoy would refuse to replace what the pattern matches by the substitution: `\1` is a group, `\\` a
 * backslash, and nothing else may follow one (RE2::CheckRewriteString).
 */
export function editFault(pattern: string, substitution: string): string | undefined {
  const made = compile(pattern);
  if (made.fault !== undefined) return made.fault;
  const groups = made.re.groupCount();
  for (const [found, what = ''] of substitution.matchAll(/\\([\s\S]?)/g)) {
    if (what === '\\') continue;
    if (!/^[0-9]$/.test(what))
      return `the substitution holds "${found}", which is neither a group nor "\\\\"`;
    if (Number(what) > groups) return `the substitution names group ${what}, and the pattern has ${groups}`;
  }
  return undefined;
}

/** Each match is replaced, as RE2::GlobalReplace does. */
export function replaceMatches(pattern: string, substitution: string, text: string): string {
  const { re } = compile(pattern) as { re?: RE2JS };
  if (re === undefined) return text;
  const raw = bytes(text);
  const matcher = re.matcher(raw);
  let written = '';
  let last = 0;
  while (matcher.find()) {
    const groupOr = (_: string, what: string): string =>
      what === '\\' ? what : (matcher.group(Number(what)) ?? '');
    written += raw.slice(last, matcher.start());
    written += bytes(substitution).replace(/\\([0-9\\])/g, groupOr);
    last = matcher.end();
  }
  return characters(written + raw.slice(last));
}

function compile(pattern: string): Compiled {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (compiled.size >= MAX_KEPT) compiled.clear();
  const made = make(pattern);
  compiled.set(pattern, made);
  return made;
}

function make(pattern: string): Compiled {
  if (pattern === '') return { fault: 'the pattern is empty' };
  const raw = bytes(pattern);
  if (raw.length > MAX_PATTERN_SIZE) return { fault: TOO_LARGE };
  const { pattern: unique, size, fault } = scan(raw);
  if (fault !== undefined) return { fault: characters(fault) };
  if (size > MAX_PATTERN_SIZE) return { fault: TOO_LARGE };
  try {
    return { re: RE2JS.compile(unique) };
  } catch (error) {
    return { fault: explained(characters((error as Error).message)) };
  }
}

const TOO_LARGE = `the pattern is too large: with its repetitions written out it has more than ${MAX_PATTERN_SIZE} parts`;

/** What people bring from other engines is named. */
function explained(message: string): string {
  const why = message.replace(/^error parsing regexp: /, '').replace(/: `(.*)`$/s, ': $1');
  if (/\(\?(?:[=!]|<[=!])/.test(why)) return `look-around is not supported by RE2: ${why}`;
  if (/escape sequence: \\[1-9]/.test(why)) return `back-references are not supported by RE2: ${why}`;
  return why;
}

/** One character per byte of the text in UTF-8, and back. */
const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const characters = (raw: string): string => Buffer.from(raw, 'latin1').toString('utf8');
