/**
 * One piece of a text, from one `---` to the next: its documents, with the position of each field counted
 * from the piece's first line. So a piece that did not change need not be read again, wherever it stands now.
 */
import type { Diagnostic, Locate } from '../diagnostics/diagnostic.ts';
import { maxExpandedNodes } from './caps.ts';
import { damagedText } from './damaged.ts';
import { readFull } from './full-yaml.ts';
import { readJson } from './json-text.ts';
import { Lines } from './lines.ts';
import { readSimple } from './simple-yaml.ts';
import { locate, type Path, plainValue, type Range, TooManyAliases, type TreeNode } from './tree.ts';

export interface PieceDocument {
  readonly value: Readonly<Record<string, unknown>>;
  readonly at: Locate;
  readonly keyAt: Locate;
  /** Keys that stand twice in one mapping: the value lacks what the first of the two held. */
  readonly repeatedKeys: readonly string[];
  /** The keys of one that cannot be parsed: `value` has its kind alone. */
  readonly damaged?: ReadonlySet<string>;
}
export interface Piece {
  readonly documents: readonly PieceDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * @param text The piece up to `to`, and the rest of the line that begins there: a message may point to the
 *   end of the piece, and shows that line.
 */
export function readPiece(file: string, text: string, to: number): Piece {
  const documents: PieceDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  const lines = new Lines(file, text);
  const take = (root: TreeNode, tree: () => TreeNode, repeatedKeys: readonly string[]): void => {
    const unrolled = new Unroller(lines, tree, repeatedKeys, documents, diagnostics);
    try {
      unrolled.take(plainValue(root), []);
    } catch (error) {
      if (!(error instanceof TooManyAliases)) throw error;
      diagnostics.push({
        code: 'yaml-alias',
        severity: 'error',
        message: 'The aliases (*name) of this document repeat too much.',
        at: lines.location(...locate(root, [], 'value', 0)),
        rule: `Aliases may bring in at most ${maxExpandedNodes} values in one document.`,
        hint: 'Write it as several documents.',
      });
    }
  };
  const simple = readQuick(text, to);
  if (simple !== undefined) take(simple, again(text, to), []);
  else {
    const full = readFull(text, 0, to, lines);
    for (const diagnostic of full.diagnostics) diagnostics.push(diagnostic);
    for (const tree of full.trees) take(tree, () => tree, full.repeatedKeys.get(tree) ?? []);
    for (const [from, end] of full.damaged)
      for (const one of damagedDocuments(text, from, end, lines)) documents.push(one);
  }
  return { documents, diagnostics };
}

/** Of a text that is told to be none already. */
export const undecodedPiece = (file: string, text: string, to: number): Piece => ({
  documents: damagedDocuments(text, 0, to, new Lines(file, text)),
  diagnostics: [],
});

function damagedDocuments(text: string, from: number, to: number, lines: Lines): PieceDocument[] {
  const { kinds, keys } = damagedText(text, from, to);
  return kinds.map(({ kind, from: at }) => {
    const here: Locate = () => lines.location(at, at + kind.length);
    return { value: { kind }, at: here, keyAt: here, repeatedKeys: [], damaged: keys };
  });
}

const readQuick = (text: string, to: number): TreeNode | undefined =>
  readSimple(text, 0, to) ?? readJson(text, 0, to);

/**
 * A tree needs about fifty times the memory of its text. It is built again when a position is asked for, and
 * the last one is kept.
 */
let last: { readonly text: string; readonly to: number; readonly tree: TreeNode } | undefined;
const again =
  (text: string, to: number): (() => TreeNode) =>
  () => {
    if (last === undefined || last.to !== to || last.text !== text)
      last = { text, to, tree: readQuick(text, to)! };
    return last.tree;
  };

/** A value → documents: a List becomes its items. */
class Unroller {
  readonly #lines: Lines;
  readonly #tree: () => TreeNode;
  readonly #repeatedKeys: readonly string[];
  readonly #documents: PieceDocument[];
  readonly #diagnostics: Diagnostic[];
  /** A field is asked for again at each change of any manifest. */
  readonly #ranges = new Map<string, Range>();

  constructor(
    lines: Lines,
    tree: () => TreeNode,
    repeatedKeys: readonly string[],
    documents: PieceDocument[],
    diagnostics: Diagnostic[],
  ) {
    this.#lines = lines;
    this.#tree = tree;
    this.#repeatedKeys = repeatedKeys;
    this.#documents = documents;
    this.#diagnostics = diagnostics;
  }

  take(value: unknown, base: Path): void {
    if (value === null || value === undefined) return;
    if (typeof value !== 'object' || Array.isArray(value)) {
      this.#diagnostics.push({
        code: 'document-not-object',
        severity: 'error',
        message: `A document must be a mapping with apiVersion, kind and metadata, not ${Array.isArray(value) ? 'a list' : 'a single value'}.`,
        at: this.#at(base, [], 'value'),
        rule: 'Each document is one Kubernetes object.',
        hint: 'Is this file a Kubernetes manifest? Give -f only manifests.',
      });
      return;
    }
    const { kind, items } = value as Record<string, unknown>;
    if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
      for (const [i, item] of items.entries()) this.take(item, [...base, 'items', i]);
    } else if (kind === 'List' && items !== undefined && items !== null) {
      this.#diagnostics.push({
        code: 'field-type',
        severity: 'error',
        message: 'items must be a list.',
        at: this.#at(base, ['items'], 'value'),
        field: 'items',
        value: items,
        rule: 'The items of a List are Kubernetes objects.',
        hint: 'Begin each object with "- ".',
      });
    } else {
      this.#documents.push({
        value: value as Record<string, unknown>,
        at: (...path) => this.#at(base, path, 'value'),
        keyAt: (...path) => this.#at(base, path, 'key'),
        repeatedKeys: this.#repeatedKeys,
      });
    }
  }

  #at(base: Path, path: Path, want: 'value' | 'key') {
    const id = `${want} ${base.length} ${JSON.stringify([...base, ...path])}`;
    let range = this.#ranges.get(id);
    if (range === undefined) {
      range = locate(this.#tree(), [...base, ...path], want, base.length);
      this.#ranges.set(id, range);
    }
    return this.#lines.location(...range);
  }
}
