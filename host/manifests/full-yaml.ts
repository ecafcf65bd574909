/**
 * All of YAML 1.2 by the `yaml` package, as trees: anchors, aliases, merge keys, long texts, flow collections
 * over many lines, JSON, and every syntax error. simple-yaml.ts takes the plain documents before they come
 * here.
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
import type { Diagnostic, Location } from '../diagnostics/diagnostic.ts';
import { maxBrackets, maxIndent, maxRepeatedKeys, maxSyntaxErrors } from './caps.ts';
import type { Lines } from './lines.ts';
import type { MapNode, Range, TreeNode } from './tree.ts';

/** The documents between two offsets of a text; offsets in the trees count from the text's start. */
export function readFull(
  text: string,
  from: number,
  to: number,
  lines: Lines,
): {
  trees: TreeNode[];
  repeatedKeys: ReadonlyMap<TreeNode, readonly string[]>;
  /** Documents that cannot be read. */
  damaged: Range[];
  diagnostics: Diagnostic[];
} {
  const trees: TreeNode[] = [];
  const damaged: Range[] = [];
  const repeatedKeys = new Map<TreeNode, readonly string[]>();
  const diagnostics: Diagnostic[] = [];
  const deep = tooDeepAt(text, from, to);
  if (deep !== undefined) {
    const at = lines.location(deep, deep + 1);
    const message = 'This is nested too deeply to be read.';
    const rule = `Brackets may be nested ${maxBrackets} deep, and lines indented by ${maxIndent} columns.`;
    const found: Diagnostic = { code: 'yaml-syntax', severity: 'error', message, at, rule };
    return { trees, repeatedKeys, damaged: [[from, to]], diagnostics: [found] };
  }
  // Keys that stand twice are found below: the parser compares each with all others.
  const parsed = parseAllDocuments(text.slice(from, to), {
    prettyErrors: false,
    logLevel: 'silent',
    uniqueKeys: false,
  });
  for (const yaml of Array.isArray(parsed) ? (parsed as YamlDocument[]) : []) {
    for (const error of yaml.errors.slice(0, maxSyntaxErrors))
      diagnostics.push(yamlDiagnostic(error, 'error', lines, from));
    for (const warning of yaml.warnings.slice(0, maxSyntaxErrors))
      diagnostics.push(yamlDiagnostic(warning, 'warning', lines, from));
    const [begin, , end] = yaml.range ?? [0, 0, to - from];
    const whole: Range = [from + begin, from + end];
    if (yaml.errors.length > 0) damaged.push(whole);
    if (yaml.errors.length > 0 || yaml.contents === null) continue;
    const repeated: Repeated[] = [];
    try {
      const tree = toTree(yaml.contents as Node, from, repeated);
      trees.push(tree);
      if (repeated.length > 0) repeatedKeys.set(tree, [...new Set(repeated.map(({ name }) => name))]);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      damaged.push(whole);
      const message = spoken(error.diagnostic.message, error.range[0], lines);
      const at = lines.location(...error.range);
      diagnostics.push({ ...error.diagnostic, severity: 'error', message, at });
    }
    for (const { range } of repeated.slice(0, maxRepeatedKeys))
      diagnostics.push(repeatedKey(text.slice(...range), lines.location(...range)));
  }
  return { trees, repeatedKeys, damaged, diagnostics };
}

/**
 * Position at which a text is nested too deeply for a recursive parser, which would overflow the stack (and
 * end the process if a regular expression is compiled at that moment). It also counts brackets inside texts;
 * few of these are unbalanced.
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
    // Blanks and the characters that begin an item or a key: each can open a level.
    if (atStart && (code === 32 || code === 9 || code === 45 || code === 63 || code === 58)) {
      if (++indent > maxIndent) return at;
    } else atStart = false;
  }
  return undefined;
}

/** What the syntax allows and no Kubernetes object can hold. */
class Unreadable extends Error {
  readonly range: Range;
  readonly diagnostic: Pick<Diagnostic, 'code' | 'message' | 'rule' | 'hint'>;
  constructor(range: Range, diagnostic: Unreadable['diagnostic']) {
    super(diagnostic.message);
    this.range = range;
    this.diagnostic = diagnostic;
  }
}
const badAlias = (name: string, range: Range): Unreadable =>
  new Unreadable(range, {
    code: 'yaml-alias',
    message: `The alias *${name} cannot be followed.`,
    rule: 'An alias must name an anchor (&name) that comes before it, and must not contain itself.',
    hint: 'Correct the name, or write the repeated part out.',
  });
const badKey = (range: Range): Unreadable =>
  new Unreadable(range, {
    code: 'yaml-syntax',
    message: 'A key must be a single word or text, not a mapping or a list.',
    rule: 'The keys of a Kubernetes object are text.',
    hint: 'Remove the "?", or put the key in quotes.',
  });

interface Repeated {
  readonly name: string;
  readonly range: Range;
}

/** @param repeated Takes the place of each key that stands twice in one mapping. */
function toTree(root: Node, base: number, repeated: Repeated[]): TreeNode {
  /** What each name stands for here; undefined while that is still being read: it would contain itself. */
  const anchors = new Map<string, TreeNode | undefined>();
  const rangeOf = (node: Node | null | undefined): Range => [
    base + (node?.range?.[0] ?? 0),
    base + (node?.range?.[1] ?? 0),
  ];
  const convert = (node: Node | null | undefined): TreeNode => {
    const [from, to] = rangeOf(node);
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) throw badAlias(node.source, [from, to]);
      return { kind: 'alias', from, to, target };
    }
    const anchor = node?.anchor;
    if (anchor !== undefined) anchors.set(anchor, undefined);
    const tree: TreeNode = isMap(node)
      ? toMap(node, from, to)
      : isSeq(node)
        ? { kind: 'list', from, to, items: node.items.map((item) => convert(item as Node)) }
        : { kind: 'scalar', value: isScalar(node) ? plainScalar(node.value) : null, from, to };
    if (anchor !== undefined) anchors.set(anchor, tree);
    return tree;
  };
  const nameOf = (key: Node | null): string => {
    const tree = convert(key);
    const { kind, value } = (tree.kind === 'alias' ? tree.target : tree) as { kind: string; value?: unknown };
    if (kind !== 'scalar') throw badKey(rangeOf(key));
    return String(value ?? '');
  };
  const toMap = (node: YAMLMap, from: number, to: number): MapNode => {
    const map: MapNode = { kind: 'map', from, to, keys: [], keyRanges: [], values: [] };
    const places = new Map<string, number>();
    // If a key occurs twice (which is reported as an error), the later value is used.
    const add = (key: string, range: Range, value: TreeNode): void => {
      const i = places.get(key) ?? map.keys.length;
      places.set(key, i);
      map.keys[i] = key;
      map.keyRanges[i] = range;
      map.values[i] = value;
    };
    const merged: TreeNode[] = [];
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      const key = pair.key as Node;
      const name = nameOf(key);
      const value = convert(pair.value as Node | null);
      if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN') merged.push(value);
      else {
        if (places.has(name)) repeated.push({ name, range: rangeOf(key) });
        add(name, rangeOf(key), value);
      }
    }
    // The mapping's own keys win over merged ones; of several merged mappings the first wins.
    for (const source of merged.flatMap((value) => listed(value))) {
      if (source.kind !== 'map') continue;
      for (const [i, key] of source.keys.entries())
        if (!places.has(key)) add(key, source.keyRanges[i]!, source.values[i]!);
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

const repeatedKey = (key: string, at: Location): Diagnostic => ({
  code: 'yaml-duplicate-key',
  severity: 'error',
  message: `The key ${key} occurs twice in one mapping.`,
  at,
  rule: 'The keys of a mapping must differ.',
  hint: 'Remove one of the two.',
});

/** A message may quote the text itself, which may be a secret. */
const spoken = (message: string, at: number, lines: Lines): string =>
  lines.hides(at) ? 'it cannot be read' : message;

function yamlDiagnostic(
  error: YAMLError,
  severity: 'error' | 'warning',
  lines: Lines,
  base: number,
): Diagnostic {
  const at = lines.location(base + error.pos[0], base + error.pos[1]);
  const what = severity === 'error' ? 'This is not valid YAML' : 'This YAML is not understood';
  const hint = at.lineText.includes('{{')
    ? 'The line looks like a template: render it first.'
    : HINTS[error.code];
  return {
    code: 'yaml-syntax',
    severity,
    message: `${what}: ${spoken(error.message, base + error.pos[0], lines).replace(/\.?$/, '.')}`,
    at,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** A hint, if the kind of mistake suggests one. */
const HINTS: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_INDENT: 'Align the line with its neighbours, and close every bracket and quote above it.',
  BLOCK_AS_IMPLICIT_KEY: 'A value that holds ": " must be in quotes.',
  MISSING_CHAR: 'Close every quote and bracket, and put a space after each ":" and "-".',
  MULTILINE_IMPLICIT_KEY: 'Is a ":" missing, or a quote not closed?',
  TAB_AS_INDENT: 'Indent with spaces.',
  TAG_RESOLVE_FAILED: 'Remove the tag: Kubernetes knows none.',
};
