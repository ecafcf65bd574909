/**
 * Which lines of a text a message must not show: those of a document that holds a Secret or a private key. It
 * is found in the text itself, so that it also holds where the document cannot be parsed.
 */

/** A document's text that may hold a secret: by its kind, or by a key in PEM, plain or in base64. */
const SECRET = /\bkind["']?[ \t]*:[^\n]*secret/i;
const KEY = /PRIVATE KEY-----|LS0tLS1CRUdJTi/;

/** Offsets from and to, in order; empty for almost every text. */
export function hiddenRanges(text: string): readonly (readonly [from: number, to: number])[] {
  if (!SECRET.test(text) && !KEY.test(text)) return [];
  const starts = [
    0,
    ...[...text.matchAll(/^---(?=\s|$)/gm)].map(({ index }) => index).filter((at) => at > 0),
  ];
  return starts
    .map((from, i) => [from, starts[i + 1] ?? text.length] as const)
    .filter(([from, to]) => {
      const part = text.slice(from, to);
      return SECRET.test(part) || KEY.test(part);
    });
}

/** Of such a line the field's name alone. */
export function shownPart(line: string): string {
  const name = /^\s*(?:- +)*["']?[\w./-]+["']?[ \t]*:(?=\s|$)/.exec(line)?.[0];
  if (name === undefined) return line.trim() === '' ? '' : '…';
  return line.slice(name.length).trim() === '' ? name : `${name} …`;
}
