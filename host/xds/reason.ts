/** Envoy's reasons for a refusal repeat the whole resource; what a person needs stands behind it. */

import { printable } from '../basics/text.ts';

const LIMIT = 1_000;

/** The text without the resource that was refused, in one line of at most 1,000 characters. */
export function reasonText(message: string): string {
  const dump = message.lastIndexOf('\n: ');
  // Cut before the reason: what is left may hold keys.
  if (dump < 0 && message.startsWith('goo.gle/debug') && message.includes('{'))
    return 'its reason is cut off';
  const text = (dump < 0 ? message : message.slice(dump + 3)).replace(/^goo\.gle\/debug\w+\s+/, '').trim();
  if (text === '') return 'it gives no reason';
  const lines = text.split('\n').map((one) => one.trim());
  const line = printable(lines.filter((one) => one !== '').join('; '));
  return line.length > LIMIT ? `${line.slice(0, LIMIT)} …` : line;
}
