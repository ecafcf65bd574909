/**
 * Text → documents: multi-document YAML 1.2 (JSON is a part of it) into plain values, with the position of
 * each field. `kind: List` is unrolled, empty documents are skipped, and nulls are dropped as an API server
 * does. The form of resources is not known here.
 */
import type { Diagnostic, Locate, Location } from '../diagnostics/diagnostic.ts';
import { movedDiagnostic, movedLocate } from '../diagnostics/moved.ts';
import { maxDocuments } from './caps.ts';
import { Lines } from './lines.ts';
import { type Piece, readPiece, undecodedPiece } from './piece.ts';

export interface Source {
  readonly file: string;
  readonly text: string;
  /** Its bytes are no text, which is told: it can only close what it seems to protect. */
  readonly undecoded?: boolean;
}

export interface Document {
  readonly file: string;
  /** Plain value, without nulls. The same object while the text of its piece stays the same. */
  readonly value: Readonly<Record<string, unknown>>;
  /**
   * Position of a value; of its key where the value is a mapping or a list; of the nearest parent when it is
   * absent.
   */
  readonly at: Locate;
  /** Position of a key; as `at` when there is none. */
  readonly keyAt: Locate;
  /** Keys that stand twice in one mapping: the value lacks what the first of the two held. */
  readonly repeatedKeys?: readonly string[];
  /** The keys of one that cannot be parsed: `value` has its kind alone. */
  readonly damaged?: ReadonlySet<string>;
  readonly order: number;
  /** Lines of the text before its piece. */
  readonly linesBefore: number;
}

/** Enough to be asked for by the next version of the text. */
export interface ParsedText {
  readonly undecoded: boolean;
  readonly text: string;
  readonly documents: readonly Document[];
  readonly diagnostics: readonly Diagnostic[];
  readonly firstOrder: number;
  readonly pieces: ReadonlyMap<string, Piece>;
}

/**
 * @param firstOrder The order of the first document, so that several sources can be numbered through.
 * @param before Of the same file: pieces that did not change are not read again.
 */
export function parseDocuments(source: Source, firstOrder = 0, before?: ParsedText): ParsedText {
  const { file, text, undecoded = false } = source;
  const same = before?.text === text && before.undecoded === undecoded;
  if (same && before.firstOrder === firstOrder) return before;
  const documents: Document[] = [];
  const diagnostics: Diagnostic[] = [];
  const pieces = new Map<string, Piece>();
  let count = 0;
  for (const { from, to, linesBefore } of splitDocuments(text)) {
    if (isEmpty(text, from, to)) continue;
    if (++count > maxDocuments) {
      diagnostics.push(tooMany(new Lines(file, text).location(from, from + 3)));
      break;
    }
    const own = ownText(text, from, to);
    const piece = undecoded
      ? undecodedPiece(file, own, to - from)
      : (before?.pieces.get(own) ?? pieces.get(own) ?? readPiece(file, own, to - from));
    if (!undecoded) pieces.set(own, piece);
    for (const { value, at, keyAt, repeatedKeys, damaged } of piece.documents) {
      documents.push({
        file,
        value,
        at: movedLocate(at, linesBefore),
        keyAt: movedLocate(keyAt, linesBefore),
        repeatedKeys,
        damaged,
        order: firstOrder + documents.length,
        linesBefore,
      });
    }
    for (const found of piece.diagnostics) diagnostics.push(movedDiagnostic(found, linesBefore));
  }
  if (documents.length === 0 && diagnostics.length === 0 && !undecoded) {
    diagnostics.push({
      code: 'input-empty',
      severity: 'warning',
      message: `${file} holds no document.`,
      hint: 'Is it the right file?',
    });
  }
  return { text, undecoded, documents, diagnostics, firstOrder, pieces };
}

/**
 * The piece and the rest of the line after it, as a copy: a part of a string keeps the whole in memory, and
 * pieces of an old version of a text outlive it.
 */
function ownText(text: string, from: number, to: number): string {
  if (from === 0 && to === text.length) return text;
  const end = text.indexOf('\n', to);
  return Buffer.from(text.slice(from, end < 0 ? text.length : end)).toString();
}

/**
 * Offsets of the documents: `---` at the start of a line begins one, even inside a text in quotes (YAML 1.2,
 * 9.1.2), so that a mistake in one document does not reach the next. A text with directives (`%YAML`, before
 * the `---`) is left whole.
 */
function* splitDocuments(
  text: string,
): Generator<{ readonly from: number; readonly to: number; readonly linesBefore: number }> {
  let from = 0;
  let linesBefore = 0;
  if (!/^%/m.test(text)) {
    const mark = /(?<![^\n])---(?=\s|$)/g;
    for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
      const to = found.index;
      if (to > from) yield { from, to, linesBefore };
      for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1))
        linesBefore++;
      from = to;
    }
  }
  yield { from, to: text.length, linesBefore };
}

/**
 * Blank lines, comments and the `---` alone: no parser is needed for these, of which a text may have
 * millions.
 */
function isEmpty(text: string, from: number, to: number): boolean {
  let at = text.startsWith('---', from) ? from + 3 : from;
  while (at < to) {
    const code = text.charCodeAt(at);
    if (code === 35 /* # */) {
      const end = text.indexOf('\n', at);
      at = end < 0 || end > to ? to : end;
    } else if (code === 32 || code === 9 || code === 10 || code === 13) at++;
    else return false;
  }
  return true;
}

const tooMany = (at: Location): Diagnostic => ({
  code: 'input-too-large',
  severity: 'error',
  message: `The text holds more than ${maxDocuments} documents.`,
  at,
  rule: `A text may hold ${maxDocuments} documents.`,
  hint: 'Give it as several files.',
});
