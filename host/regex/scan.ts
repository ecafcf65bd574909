/**
 * What has to be known of a pattern before it is compiled: how large it gets when its repetitions are written
 * out, and the constructs that Envoy's RE2 and re2js read differently (test/conformance/re2.test.ts compares
 * the two). Syntax: github.com/google/re2/wiki/Syntax. Errors of syntax are left to the compiler.
 */

interface Scan {
  /**
   * The pattern with every capture name made unique: Envoy's RE2 takes a name twice, and the names mean
   * nothing to it.
   */
  readonly pattern: string;
  /** Characters, and parts of character classes, with repetitions written out. */
  readonly size: number;
  /** What Envoy's RE2 does not take. */
  readonly fault?: string;
}

/** Properties and newer scripts that re2js knows and RE2 in Envoy 1.40 does not. */
const UNKNOWN_CLASSES: ReadonlySet<string> = new Set([
  ...['Cn', 'LC', 'Assigned', 'ASCII_Hex_Digit', 'Alphabetic', 'Dash', 'Emoji', 'Emoji_Component'],
  ...['Emoji_Modifier', 'Emoji_Modifier_Base', 'Emoji_Presentation', 'Extended_Pictographic', 'Hex_Digit'],
  ...['Lowercase', 'Math', 'Quotation_Mark', 'Terminal_Punctuation', 'Uppercase', 'White_Space'],
  ...['Beria_Erfe', 'Garay', 'Gurung_Khema', 'Kirat_Rai', 'Ol_Onal', 'Sidetic', 'Sunuwar', 'Tai_Yo'],
  ...['Todhri', 'Tolong_Siki', 'Tulu_Tigalari', 'Unknown'],
]);
/** Ranges of a class below 256, at most about so many: it becomes an instruction each. */
const UNICODE_CLASS_SIZE = 16;
const NAMED_CLASS_SIZE = 8;

/** One escape at `at`: `\x{41}`, `\p{Greek}`, `\d`. Sticky patterns: each looks at its place alone. */
const HEX = /\\x\{([0-9A-Fa-f]+)\}/y;
const OCTAL = /\\([0-7]{1,3})/y;
const UNICODE = /\\[pP](?:\{\^?([^}]*)\}|(.))/suy;
const REPEAT = /\{(\d{1,6})(,(\d{0,6}))?\}/y;
const NAME = /\(\?P?<([A-Za-z0-9_]+)>/y;
const FLAGS = /\(\?[imsU-]*[:)]/y;
const POSIX = /\[:\^?\w*:\]/y;

/** @param pattern One character per byte, as Envoy's RE2 reads it. */
export function scan(pattern: string): Scan {
  const names = new Map<string, number>();
  /** Size of each open group so far; the last is the one we are in. */
  const open: number[] = [0];
  let last = 0;
  let fault: string | undefined;
  let text = '';
  let at = 0;
  const look = (what: RegExp): RegExpExecArray | null => {
    what.lastIndex = at;
    return what.exec(pattern);
  };
  /** Takes `length` characters as one atom of that size. */
  const atom = (length: number, size: number): void => {
    text += pattern.slice(at, at + length);
    at += length;
    last = size;
    open[open.length - 1]! += size;
  };
  const escaped = (): { length: number; size: number } => {
    const unicode = look(UNICODE);
    if (unicode !== null) {
      const name = unicode[1] ?? unicode[2] ?? '';
      if (UNKNOWN_CLASSES.has(name)) fault ??= `there is no character class ${unicode[0]}`;
      return { length: unicode[0].length, size: UNICODE_CLASS_SIZE };
    }
    const hex = look(HEX);
    const octal = look(OCTAL);
    const found = hex?.[0] ?? octal?.[0] ?? pattern.slice(at, at + 2);
    const code =
      hex !== null ? Number.parseInt(hex[1]!, 16) : octal !== null ? Number.parseInt(octal[1]!, 8) : 0;
    if (code > 255) fault ??= `${found} is above \\xff: Envoy matches bytes`;
    if (found === '\\C') fault ??= '\\C is not supported, write (?s:.)';
    return { length: found.length, size: /^\\[dDwWsS]$/.test(found) ? NAMED_CLASS_SIZE : 1 };
  };
  const characterClass = (): void => {
    const from = at;
    let size = 1;
    at += pattern[at + 1] === '^' ? 2 : 1;
    for (let first = true; at < pattern.length && (first || pattern[at] !== ']'); first = false) {
      const posix = look(POSIX);
      const part =
        posix !== null
          ? { length: posix[0].length, size: NAMED_CLASS_SIZE }
          : pattern[at] === '\\'
            ? escaped()
            : { length: 1, size: 1 };
      at += part.length;
      size += part.size;
    }
    const length = at + 1 - from;
    at = from;
    atom(length, size);
  };

  while (at < pattern.length) {
    const here = pattern[at]!;
    if (here === '\\' && pattern[at + 1] === 'Q') {
      const end = pattern.indexOf('\\E', at + 2);
      const length = (end < 0 ? pattern.length : end + 2) - at;
      atom(length, length);
      last = 1;
    } else if (here === '\\') {
      const { length, size } = escaped();
      atom(length, size);
    } else if (here === '[') {
      characterClass();
    } else if (here === '(') {
      const name = look(NAME);
      const flags = look(FLAGS);
      if (flags?.[0].endsWith(')')) {
        atom(flags[0].length, 0);
      } else if (name !== null) {
        const known = names.get(name[1]!) ?? 0;
        names.set(name[1]!, known + 1);
        text += known === 0 ? name[0] : `(?P<loadstar_${known}_${name[1]}>`;
        at += name[0].length;
        open.push(2);
      } else {
        const length = flags?.[0].length ?? 1;
        text += pattern.slice(at, at + length);
        at += length;
        open.push(2);
      }
    } else if (here === ')' && open.length > 1) {
      const size = open.pop()!;
      atom(1, size);
    } else {
      const repeat = here === '{' ? look(REPEAT) : null;
      if (repeat === null) {
        const before = last;
        atom(1, 1);
        if ('*+?'.includes(here)) last = before;
        continue;
      }
      const least = Number(repeat[1]);
      const most = repeat[2] === undefined ? least : repeat[3] === '' ? least + 1 : Number(repeat[3]);
      const size = last;
      atom(repeat[0].length, size * Math.max(0, most - 1));
      last = size * most;
    }
  }
  return { pattern: text, size: open.reduce((sum, size) => sum + size, 0), fault };
}
