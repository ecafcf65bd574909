/** Changes to a byte string (one character, one byte) that a parser may trip over. */
import type { Random } from './random.ts';

/** Numbers at the borders of doubles, integers, digits and the filter's own caps. */
export const numbers: readonly string[] = [
  ...[
    '0',
    '-0',
    '+0',
    '1',
    '-1',
    '0.0',
    '.5',
    '5.',
    '00.5',
    '1e0',
    '1e-7',
    '1E+2',
    '0x10',
    '1_0',
    '\xef\xbc\x91',
    '0.30000000000000004',
  ],
  ...[
    'nan',
    'NaN',
    '-nan',
    'inf',
    'Infinity',
    '-inf',
    '1e308',
    '1.8e308',
    '1e309',
    '1e-308',
    '4.9e-324',
    '1e-400',
    '-1e-400',
  ],
  ...[
    '1e999999999999',
    '1e-999999999999',
    '9007199254740993',
    '18446744073709551615',
    '18446744073709551616',
    '1e7',
    '10000001',
  ],
  ...[
    '1e6',
    '1000001',
    '9'.repeat(40),
    `0.${'0'.repeat(60)}1`,
    '1'.repeat(400),
    '',
    '.',
    '-',
    'e5',
    '1e',
    '1e+',
    '--1',
    '1.2.3',
    '1,5',
  ],
];

const interesting = '\0\t\n\r "%&\'+,-./0:;=?@A[\\]_a{|}~\x7f\x80\xa0\xc3\xff';

export function mutate(text: string, random: Random, others: readonly string[]): string {
  let out = text;
  for (let left = 1 + random.size(6); left > 0; left--) out = once(out, random, others);
  return out;
}

function once(text: string, random: Random, others: readonly string[]): string {
  const at = random.below(text.length + 1);
  const to = Math.min(text.length, at + random.size(16));
  const put = (middle: string, end = at): string => text.slice(0, at) + middle + text.slice(end);
  switch (random.below(14)) {
    case 0:
      return put(String.fromCharCode(random.below(256)));
    case 1:
      return put(random.pick([...interesting]));
    case 2:
      return put('', to);
    case 3:
      return put(text.slice(at, to).repeat(1 + random.size(8)));
    case 4:
      return at < text.length
        ? put(String.fromCharCode(text.charCodeAt(at) ^ (1 << random.below(8))), at + 1)
        : text;
    case 5:
      return text.slice(0, at);
    case 6:
      return put(
        text.slice(at).replace(/[a-z]/g, (c) => c.toUpperCase()),
        text.length,
      );
    case 7: {
      const other = random.pick(others);
      return put(other.slice(random.below(other.length + 1)), text.length);
    }
    case 8: {
      const other = random.pick(others);
      const from = random.below(other.length + 1);
      return put(other.slice(from, from + random.size(40)));
    }
    case 9:
      return number(text, random);
    case 10:
      return random.oneIn(8) ? put(random.pick([...interesting]).repeat(random.size(9000))) : put(' ');
    case 11: {
      const sign = random.pick([',', ';', '&', '=', ':', '"', '{', '}', '[', ']', '.']);
      return text
        .split(sign)
        .join(random.pick(['', sign + sign, ` ${sign} `, random.pick([...interesting])]));
    }
    case 12:
      return text.slice(at) + text.slice(0, at);
    default:
      return at < text.length ? put(random.pick([...interesting]), at + 1) : text;
  }
}

/** Replaces one number of the text by another. */
function number(text: string, random: Random): string {
  const found = [...text.matchAll(/\d+(\.\d+)?/g)];
  if (found.length === 0) return text + random.pick(numbers);
  const { index, 0: old } = random.pick(found);
  return text.slice(0, index) + random.pick(numbers) + text.slice(index + old.length);
}
