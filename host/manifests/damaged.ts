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

export function damagedText(text: string, from: number, to: number): Damaged {
  const kinds = new Map<string, number>();
  const keys = new Set<string>();
  const word = /[A-Za-z]\w*/g;
  word.lastIndex = from;
  let afterKind = false;
  for (let found = word.exec(text); found !== null && found.index < to; found = word.exec(text)) {
    const [name] = found;
    if (afterKind && !kinds.has(name)) kinds.set(name, found.index);
    const isKey = colonAt(text, word.lastIndex, to);
    if (isKey && keys.size < MAX_NAMES) keys.add(name);
    afterKind = isKey && name === 'kind';
  }
  return { kinds: [...kinds].map(([kind, at]) => ({ kind, from: at })), keys };
}

/** Blanks and a quote may stand between a key and its colon. */
function colonAt(text: string, from: number, to: number): boolean {
  let at = from;
  while (at < to && (text[at] === ' ' || text[at] === '"' || text[at] === "'")) at++;
  return text[at] === ':';
}
