/**
 * A command line of curl as the request that it would send, as far as a route or a key can depend on it.
 * Options of curl that change nothing of that are passed over, others are refused by name.
 */

/** A request as somebody writes it down. */
export interface Asked {
  /** With scheme, or a host name alone. */
  readonly url: string;
  readonly method?: string;
  /** `NAME: VALUE`. */
  readonly headers: readonly string[];
}

/** Why the line cannot be read, for who typed it. */
export class CurlError extends Error {}

/** Longer lines are not read. */
export const MAX_LINE = 16_384;

/** @throws {CurlError} */
export function readCurl(line: string): Asked {
  if (line.length > MAX_LINE) throw new CurlError(`longer than ${MAX_LINE} characters`);
  const [command, ...words] = wordsOf(line);
  if (command !== 'curl') throw new CurlError('a line of curl begins with curl');
  const headers: string[] = [];
  let [url, method, body]: [string | undefined, string | undefined, boolean] = [undefined, undefined, false];
  while (words.length > 0) {
    const { name, value } = option(words);
    const taken = (): string => value ?? words.shift() ?? fail(`${name} needs a value`);
    if (name === undefined) url ??= value!;
    else if (name === '--url') url ??= taken();
    else if (name === '--request') method = taken();
    else if (name === '--head') method ??= 'HEAD';
    else if (name === '--header') headers.push(header(taken()));
    else if (name in HEADERS) headers.push(`${HEADERS[name]}: ${taken()}`);
    else if (name === '--user') headers.push(`authorization: Basic ${base64(taken())}`);
    else if (name.startsWith('--data') || name === '--json' || name === '--form') {
      taken();
      body = true;
    } else if (VALUED.has(name)) taken();
    else if (!SWITCHES.has(name)) fail(`${name} is not understood here`);
  }
  return { url: url ?? fail('there is no URL'), method: method ?? (body ? 'POST' : undefined), headers };
}

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

const fail = (reason: string): never => {
  throw new CurlError(reason);
};

/** `X-Empty;` is curl's way to send a header without a value. */
const header = (text: string): string => (text.endsWith(';') ? `${text.slice(0, -1)}:` : text);

/** The next word: an option by its long name, with its value where that hangs on it; else a value alone. */
function option(words: string[]): { readonly name?: string; readonly value?: string } {
  const word = words.shift()!;
  if (word.startsWith('--')) {
    const at = word.indexOf('=');
    return at < 0 ? { name: word } : { name: word.slice(0, at), value: word.slice(at + 1) };
  }
  if (!word.startsWith('-') || word === '-') return { value: word };
  const name = SHORT[word[1]!] ?? fail(`-${word[1]} is not understood here`);
  const rest = word.slice(2);
  if (rest === '') return { name };
  // -sSk: several switches in one word.
  if (SWITCHES.has(name) || name === '--head') {
    words.unshift(`-${rest}`);
    return { name };
  }
  return { name, value: rest };
}

const SHORT: Readonly<Record<string, string>> = {
  X: '--request',
  H: '--header',
  b: '--cookie',
  A: '--user-agent',
  e: '--referer',
  u: '--user',
  d: '--data',
  F: '--form',
  I: '--head',
  k: '--insecure',
  s: '--silent',
  S: '--show-error',
  v: '--verbose',
  i: '--include',
  L: '--location',
  f: '--fail',
  o: '--output',
  w: '--write-out',
  m: '--max-time',
};
const HEADERS: Readonly<Record<string, string>> = {
  '--cookie': 'cookie',
  '--user-agent': 'user-agent',
  '--referer': 'referer',
};
const VALUED: ReadonlySet<string> = new Set([
  ...['--output', '--write-out', '--max-time', '--connect-timeout', '--retry', '--resolve', '--connect-to'],
  ...['--cacert', '--cert', '--key', '--interface'],
]);
const SWITCHES: ReadonlySet<string> = new Set([
  ...['--insecure', '--silent', '--show-error', '--verbose', '--include', '--location', '--fail'],
  ...['--compressed', '--http1.1', '--http2', '--http2-prior-knowledge', '--no-progress-meter', '--globoff'],
]);

/** As a shell cuts a line: quotes, backslashes, and lines that go on after one. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let [word, quote]: [string | undefined, string] = [undefined, ''];
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (quote === "'" || (quote === '"' && c !== '\\')) {
      if (c === quote) quote = '';
      else word += c;
    } else if (c === '\\') {
      const next = line[++i] ?? '';
      if (next !== '\n') word = (word ?? '') + (quote === '"' && !/["\\$`]/.test(next) ? c + next : next);
    } else if (c === "'" || c === '"') {
      quote = c;
      word ??= '';
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + c;
  }
  if (quote !== '') fail(`the quote ${quote} is not closed`);
  return word === undefined ? words : [...words, word];
}
