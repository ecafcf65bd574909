/**
 * A path in a document → the offsets of what stands there, from the nodes that the `yaml` package keeps. Walked only when asked:
 * a correct manifest costs nothing. Aliases and merge keys (`<<`) are followed to where the text really is.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';

export type Path = readonly (string | number)[];
type Range = readonly [from: number, to: number];

/**
 * Offsets of the value (`value`) or of its key (`key`) at `path`. The first `base` segments lead to the document itself
 * (an item of a List). A mapping or list is told by its key, or by its first token when it has none. Absent: the nearest parent.
 */
export function locate(document: Document, path: Path, want: 'value' | 'key', base: number): Range {
  let node = follow(document.contents as Node | null, document);
  let key: Range | undefined;
  let depth = 0;
  for (const segment of path) {
    let next: Node | null = null;
    let nextKey: Range | undefined;
    if (isMap(node)) {
      const pair = findPair(node, String(segment), document, 0);
      if (pair === undefined) break;
      nextKey = rangeOf(pair.key as Node);
      next = pair.value as Node | null;
    } else if (isSeq(node) && typeof segment === 'number' && segment < node.items.length) {
      next = node.items[segment] as Node | null;
    } else break;
    depth++;
    key = nextKey;
    if (next === null) return key ?? [0, 1];
    if (isAlias(next) && depth === path.length) return want === 'key' && key ? key : rangeOf(next)!;
    node = follow(next, document);
  }
  const found = depth === path.length;
  if (depth <= base) return documentRange(node, document);
  if (found && want === 'key' && key !== undefined) return key;
  if (isScalar(node)) return rangeOf(node) ?? key ?? [0, 1];
  return key ?? firstToken(node) ?? [0, 1];
}

/** A document as a whole is told by its metadata.name, else its kind, else its first token. */
function documentRange(node: Node | null, document: Document): Range {
  if (isMap(node)) {
    const metadata = follow(
      (findPair(node, 'metadata', document, 0)?.value ?? null) as Node | null,
      document,
    );
    const name = isMap(metadata) ? (findPair(metadata, 'name', document, 0)?.value as Node | null) : null;
    const kind = findPair(node, 'kind', document, 0)?.value as Node | null | undefined;
    for (const candidate of [name, kind]) {
      if (isScalar(candidate)) {
        const range = rangeOf(candidate);
        if (range !== undefined) return range;
      }
    }
  }
  return firstToken(node) ?? [document.range?.[0] ?? 0, (document.range?.[0] ?? 0) + 1];
}

/** Own keys first; then what `<<` brings in. `depth` bounds a merge of merges. */
function findPair(map: YAMLMap, key: string, document: Document, depth: number): Pair | undefined {
  const own = map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
  if (own !== undefined || depth > 8) return own;
  for (const pair of map.items) {
    if (!isScalar(pair.key) || (pair.key as Scalar).source !== '<<') continue;
    const value = follow(pair.value as Node | null, document);
    for (const source of isSeq(value) ? (value.items as Node[]) : [value]) {
      const target = follow(source, document);
      const found = isMap(target) ? findPair(target, key, document, depth + 1) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function follow(node: Node | null, document: Document): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : node;
}

/** Of a collection: its first key or item, or its bracket. */
function firstToken(node: Node | null): Range | undefined {
  if (node === null) return undefined;
  if (isMap(node) && node.items.length > 0 && node.flow !== true) return rangeOf(node.items[0]!.key as Node);
  const range = rangeOf(node);
  return range === undefined || isScalar(node) ? range : [range[0], range[0] + 1];
}

function rangeOf(node: Node | null | undefined): Range | undefined {
  const range = node?.range;
  return range === null || range === undefined ? undefined : [range[0], range[1]];
}
