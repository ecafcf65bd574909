/**
 * All of YAML 1.2 by the `yaml` package, as trees: anchors, aliases, merge keys, long texts, flow collections over many lines, JSON,
 * and every syntax error. simple-yaml.ts takes the plain documents before they come here.
 */
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type YAMLError,
  type YAMLMap,
  type Document as YamlDocument,
} from 'yaml';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Lines } from './lines.ts';
import type { MapNode, TreeNode } from './tree.ts';

/** One mistake in the syntax brings many messages after it. */
const maxErrors = 3;

/** The documents between two offsets of a text; offsets in the trees count from the text's start. */
export function readFull(
  text: string,
  from: number,
  to: number,
  lines: Lines,
): { trees: TreeNode[]; diagnostics: Diagnostic[] } {
  const trees: TreeNode[] = [];
  const diagnostics: Diagnostic[] = [];
  const deep = tooDeepAt(text, from, to);
  if (deep !== undefined) {
    const at = lines.location(deep, deep + 1);
    const message = 'This is nested too deeply to be read.';
    const rule = `Brackets may be nested ${maxBrackets} deep, and lines indented by ${maxIndent} columns.`;
    return { trees, diagnostics: [{ code: 'yaml-syntax', severity: 'error', message, at, rule }] };
  }
  const parsed = parseAllDocuments(text.slice(from, to), { prettyErrors: false, logLevel: 'silent' });
  for (const yaml of Array.isArray(parsed) ? (parsed as YamlDocument[]) : []) {
    const repeated = yaml.errors.filter((error) => error.code === 'DUPLICATE_KEY');
    const fatal = yaml.errors.filter((error) => error.code !== 'DUPLICATE_KEY');
    for (const error of [...repeated, ...fatal.slice(0, maxErrors)])
      diagnostics.push(yamlDiagnostic(error, 'error', lines, text, from));
    for (const warning of yaml.warnings)
      diagnostics.push(yamlDiagnostic(warning, 'warning', lines, text, from));
    if (fatal.length > 0 || yaml.contents === null) continue;
    try {
      trees.push(toTree(yaml.contents as Node, yaml, from));
    } catch (error) {
      if (!(error instanceof BadAlias)) throw error;
      diagnostics.push({
        code: 'yaml-alias',
        severity: 'error',
        message: `The alias *${error.source} cannot be followed.`,
        at: lines.location(error.from, error.to),
        rule: 'An alias must name an anchor (&name) that stands before it, and must not contain itself.',
        hint: 'Correct the name, or write the repeated part out.',
      });
    }
  }
  return { trees, diagnostics };
}

const maxBrackets = 200;
const maxIndent = 600;

/**
 * Where a text is nested too deeply for a parser that recurses, which would end with its stack, and with the process when a regular
 * expression is compiled just then. Counts brackets in texts too: those that open and never close are few.
 */
function tooDeepAt(text: string, from: number, to: number): number | undefined {
  let open = 0;
  let indent = 0;
  let atStart = true;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === 10) {
      atStart = true;
      indent = 0;
      continue;
    }
    if (code === 91 || code === 123) {
      if (++open > maxBrackets) return at;
    } else if ((code === 93 || code === 125) && open > 0) open--;
    // Blanks, and the signs that begin an item or a key: each can open a level.
    if (atStart && (code === 32 || code === 9 || code === 45 || code === 63 || code === 58)) {
      if (++indent > maxIndent) return at;
    } else atStart = false;
  }
  return undefined;
}

class BadAlias extends Error {
  readonly source: string;
  readonly from: number;
  readonly to: number;
  constructor(source: string, from: number, to: number) {
    super(source);
    this.source = source;
    this.from = from;
    this.to = to;
  }
}

function toTree(root: Node, document: YamlDocument, base: number): TreeNode {
  const done = new Map<Node, TreeNode | undefined>();
  const convert = (node: Node | null | undefined): TreeNode => {
    const from = base + (node?.range?.[0] ?? 0);
    const to = base + (node?.range?.[1] ?? 0);
    if (isAlias(node)) {
      const named = node.resolve(document);
      const target = named === undefined ? undefined : done.get(named);
      // Undefined while its anchor is still being read: it would contain itself.
      if (target === undefined) throw new BadAlias(node.source, from, to);
      return { kind: 'alias', from, to, target };
    }
    if (node !== null && node !== undefined) done.set(node, undefined);
    const tree: TreeNode = isMap(node)
      ? toMap(node, from, to)
      : isSeq(node)
        ? { kind: 'list', from, to, items: node.items.map((item) => convert(item as Node)) }
        : { kind: 'scalar', value: isScalar(node) ? plainScalar(node.value) : null, from, to };
    if (node !== null && node !== undefined) done.set(node, tree);
    return tree;
  };
  const toMap = (node: YAMLMap, from: number, to: number): MapNode => {
    const map: MapNode = { kind: 'map', from, to, keys: [], keyRanges: [], values: [] };
    const add = (key: string, range: readonly [number, number], value: TreeNode): void => {
      // Of a key that stands twice (told as an error) the later value holds.
      const i = map.keys.indexOf(key);
      map.keys[i < 0 ? map.keys.length : i] = key;
      map.keyRanges[i < 0 ? map.keyRanges.length : i] = range;
      map.values[i < 0 ? map.values.length : i] = value;
    };
    const merged: TreeNode[] = [];
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      const key = pair.key as Node;
      const value = convert(pair.value as Node | null);
      if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN') merged.push(value);
      else {
        const name = isScalar(key) ? String(key.value ?? '') : String(key);
        add(name, [base + (key.range?.[0] ?? 0), base + (key.range?.[1] ?? 0)], value);
      }
    }
    // What the mapping says itself holds against what it merges; of several merged, the first holds.
    for (const source of merged.flatMap((value) => listed(value))) {
      if (source.kind !== 'map') continue;
      for (const [i, key] of source.keys.entries())
        if (!map.keys.includes(key)) add(key, source.keyRanges[i]!, source.values[i]!);
    }
    return map;
  };
  return convert(root);
}

/** `!!binary` gives bytes, which Kubernetes reads as text. */
const plainScalar = (value: unknown): unknown =>
  value instanceof Uint8Array ? new TextDecoder().decode(value) : (value ?? null);

/** The mappings that a merge key names: one, or a list of them. */
function listed(value: TreeNode): TreeNode[] {
  const node = value.kind === 'alias' ? value.target : value;
  return node.kind === 'list'
    ? node.items.map((item) => (item.kind === 'alias' ? item.target : item))
    : [node];
}

function yamlDiagnostic(
  error: YAMLError,
  severity: 'error' | 'warning',
  lines: Lines,
  text: string,
  base: number,
): Diagnostic {
  let start = base + error.pos[0];
  // The place of a repeated key can be the line end before it.
  if (error.code === 'DUPLICATE_KEY') while (/\s/.test(text[start] ?? '')) start++;
  const at = lines.location(start, base + error.pos[1]);
  if (error.code === 'DUPLICATE_KEY') {
    const key = at.lineText.slice(at.column - 1).match(/^("[^"]*"|'[^']*'|[^:\s]+)/)?.[0] ?? '';
    return {
      code: 'yaml-duplicate-key',
      severity,
      message: `The key ${key} stands twice in one mapping.`,
      at: { ...at, length: Math.max(1, key.length) },
      rule: 'The keys of a mapping must differ.',
      hint: 'Remove one of the two.',
    };
  }
  const what = severity === 'error' ? 'This is not valid YAML' : 'This YAML is not understood';
  const hint = at.lineText.includes('{{')
    ? 'The line looks like a template: render it first.'
    : HINTS[error.code];
  return {
    code: 'yaml-syntax',
    severity,
    message: `${what}: ${error.message.replace(/\.?$/, '.')}`,
    at,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** What to do, where the kind of mistake tells. */
const HINTS: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_INDENT: 'Align the line with its neighbours, and close every bracket and quote above it.',
  BLOCK_AS_IMPLICIT_KEY: 'A value that holds ": " must be in quotes.',
  MISSING_CHAR: 'Close every quote and bracket, and put a space after each ":" and "-".',
  MULTILINE_IMPLICIT_KEY: 'Is a ":" missing, or a quote not closed?',
  TAB_AS_INDENT: 'Indent with spaces.',
  TAG_RESOLVE_FAILED: 'Remove the tag: Kubernetes knows none.',
};
