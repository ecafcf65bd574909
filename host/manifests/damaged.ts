/**
 * What a document seems to be that cannot be parsed: its kinds, and the words that stand as keys. It is good
 * for nothing but the question whether it was meant to protect something.
 */

export interface Damaged {
  /** Each kind once, with the offset of its name. */
  readonly kinds: readonly { readonly kind: string; readonly from: number }[];
  readonly keys: ReadonlySet<string>;
}

/** Of one document; a policy has a few dozen. */
const MAX_NAMES = 10_000;
const MAX_KINDS = 100;
/** An anchor, a tag or a comment may stand before the name of a kind. */
const MAX_WORDS_OF_KIND = 8;

export function damagedText(text: string, from: number, to: number): Damaged {
  const kinds = new Map<string, number>();
  const keys = new Set<string>();
  const word = /[A-Za-z]\w*/g;
  word.lastIndex = from;
  let ofKind = 0;
  for (let found = word.exec(text); found !== null && found.index < to; found = word.exec(text)) {
    const [name] = found;
    const isKey = colonAt(text, word.lastIndex, to);
    const isName = ofKind === MAX_WORDS_OF_KIND || (ofKind > 0 && !isKey);
    if (isName && kinds.size < MAX_KINDS && !kinds.has(name)) kinds.set(name, found.index);
    if (isKey && keys.size < MAX_NAMES) keys.add(name);
    ofKind = !isKey ? Math.max(0, ofKind - 1) : name === 'kind' ? MAX_WORDS_OF_KIND : 0;
  }
  return { kinds: [...kinds].map(([kind, at]) => ({ kind, from: at })), keys };
}

/** Blanks and a quote may stand between a key and its colon. */
function colonAt(text: string, from: number, to: number): boolean {
  let at = from;
  while (at < to && (text[at] === ' ' || text[at] === '"' || text[at] === "'")) at++;
  return text[at] === ':';
}
