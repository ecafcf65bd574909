/**
 * Text → documents: multi-document YAML 1.2 (JSON is a part of it) into plain values, with the position of
 * each field. `kind: List` is unrolled, empty documents are skipped, and nulls are dropped as an API server
 * does. The form of resources is not known here.
 */
import type { Diagnostic, Locate, Location } from '../diagnostics/diagnostic.ts';
import { maxDocuments, maxExpandedNodes } from './caps.ts';
import { readFull } from './full-yaml.ts';
import { readJson } from './json-text.ts';
import { Lines } from './lines.ts';
import { readSimple } from './simple-yaml.ts';
import { locate, type Path, plainValue, TooManyAliases, type TreeNode } from './tree.ts';

export interface Source {
  readonly file: string;
  readonly text: string;
}

export interface Document {
  readonly file: string;
  /** Plain value, without nulls. */
  readonly value: Readonly<Record<string, unknown>>;
  /**
   * Position of a value; of its key where the value is a mapping or a list; of the nearest parent when it is
   * absent.
   */
  readonly at: Locate;
  /** Position of a key; as `at` when there is none. */
  readonly keyAt: Locate;
  readonly order: number;
}

/** `firstOrder`: the order of the first document, so that several sources can be numbered through. */
export function parseDocuments(
  source: Source,
  firstOrder = 0,
): { documents: Document[]; diagnostics: Diagnostic[] } {
  const { file, text } = source;
  const documents: Document[] = [];
  const diagnostics: Diagnostic[] = [];
  const lines = new Lines(file, text);
  const add = (value: object, tree: () => TreeNode, base: Path): void => {
    documents.push({
      file,
      value: value as Record<string, unknown>,
      at: (...path) => lines.location(...locate(tree(), [...base, ...path], 'value', base.length)),
      keyAt: (...path) => lines.location(...locate(tree(), [...base, ...path], 'key', base.length)),
      order: firstOrder + documents.length,
    });
  };
  const unroll = (value: unknown, tree: () => TreeNode, base: Path): void => {
    if (value === null || value === undefined) return;
    if (typeof value !== 'object' || Array.isArray(value)) {
      diagnostics.push({
        code: 'document-not-object',
        severity: 'error',
        message: `A document must be a mapping with apiVersion, kind and metadata, not ${Array.isArray(value) ? 'a list' : 'a single value'}.`,
        at: lines.location(...locate(tree(), base, 'value', base.length)),
        rule: 'Each document is one Kubernetes object.',
        hint: 'Is this file a Kubernetes manifest? Give -f only manifests.',
      });
      return;
    }
    const { kind, items } = value as Record<string, unknown>;
    if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
      for (const [i, item] of items.entries()) unroll(item, tree, [...base, 'items', i]);
    } else if (kind === 'List' && items !== undefined && items !== null) {
      diagnostics.push({
        code: 'field-type',
        severity: 'error',
        message: 'items must be a list.',
        at: lines.location(...locate(tree(), [...base, 'items'], 'value', base.length)),
        field: 'items',
        value: items,
        rule: 'The items of a List are Kubernetes objects.',
        hint: 'Begin each object with "- ".',
      });
    } else add(value, tree, base);
  };
  const take = (root: TreeNode, tree: () => TreeNode): void => {
    try {
      unroll(plainValue(root), tree, []);
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
  let count = 0;
  for (const [from, to] of splitDocuments(text)) {
    if (isEmpty(text, from, to)) continue;
    if (++count > maxDocuments) {
      diagnostics.push(tooMany(lines.location(from, from + 3)));
      break;
    }
    const simple = readQuick(text, from, to);
    if (simple !== undefined) {
      take(simple, again(text, from, to));
      continue;
    }
    const full = readFull(text, from, to, lines);
    for (const diagnostic of full.diagnostics) diagnostics.push(diagnostic);
    for (const tree of full.trees) take(tree, () => tree);
  }
  if (documents.length === 0 && diagnostics.length === 0) {
    diagnostics.push({
      code: 'input-empty',
      severity: 'warning',
      message: `${file} holds no document.`,
      hint: 'Is it the right file?',
    });
  }
  return { documents, diagnostics };
}

const readQuick = (text: string, from: number, to: number): TreeNode | undefined =>
  readSimple(text, from, to) ?? readJson(text, from, to);

/**
 * A tree needs about fifty times the memory of its text. It is built again when a position is asked for, and
 * the last one is kept.
 */
let last: { readonly text: string; readonly from: number; readonly tree: TreeNode } | undefined;
const again =
  (text: string, from: number, to: number): (() => TreeNode) =>
  () => {
    if (last === undefined || last.from !== from || last.text !== text)
      last = { text, from, tree: readQuick(text, from, to)! };
    return last.tree;
  };

/**
 * Offsets of the documents: `---` at the start of a line begins one, even inside a text in quotes (YAML 1.2,
 * 9.1.2), so that a mistake in one document does not reach the next. A text with directives (`%YAML`, before
 * the `---`) is left whole.
 */
function* splitDocuments(text: string): Generator<readonly [from: number, to: number]> {
  let from = 0;
  if (!/^%/m.test(text)) {
    const mark = /^---(?=\s|$)/gm;
    for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
      if (found.index > from) yield [from, found.index];
      from = found.index;
    }
  }
  yield [from, text.length];
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
