/**
 * A document as a tree of values with the offsets of each, made by simple-yaml.ts or full-yaml.ts: look-ups
 * by path, positions, and the plain value of the whole.
 */
import { maxExpandedNodes } from './caps.ts';

export type Path = readonly (string | number)[];
export type Range = readonly [from: number, to: number];

interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: unknown;
  readonly from: number;
  readonly to: number;
}
export interface MapNode {
  readonly kind: 'map';
  readonly from: number;
  readonly to: number;
  readonly keys: string[];
  /** Keys with their offsets and values. Keys merged by `<<` come after the mapping's own. */
  readonly keyRanges: Range[];
  readonly values: TreeNode[];
}
export interface ListNode {
  readonly kind: 'list';
  readonly from: number;
  readonly to: number;
  readonly items: TreeNode[];
}
/** `*name`: has its own position and the value of `target`. */
interface AliasNode {
  readonly kind: 'alias';
  readonly from: number;
  readonly to: number;
  readonly target: TreeNode;
}
export type TreeNode = ScalarNode | MapNode | ListNode | AliasNode;

export class TooManyAliases extends Error {}

/**
 * The plain value. A null member of a mapping is dropped (an empty `field:` counts as absent); a null item
 * stays.
 */
export function plainValue(root: TreeNode): unknown {
  let expanded = 0;
  const value = (node: TreeNode, aliased: boolean): unknown => {
    if (aliased && ++expanded > maxExpandedNodes) throw new TooManyAliases();
    switch (node.kind) {
      case 'scalar':
        return node.value;
      case 'list':
        return node.items.map((item) => value(item, aliased));
      case 'alias':
        return value(node.target, true);
      case 'map': {
        const object: Record<string, unknown> = {};
        for (let i = 0; i < node.keys.length; i++) {
          const member = value(node.values[i]!, aliased);
          if (member === null) continue;
          const key = node.keys[i]!;
          // A plain assignment to `__proto__` would change the object's prototype.
          if (key === '__proto__')
            Object.defineProperty(object, key, {
              value: member,
              enumerable: true,
              configurable: true,
              writable: true,
            });
          else object[key] = member;
        }
        return object;
      }
    }
  };
  return value(root, false);
}

/**
 * Offsets of the value (`value`) or of its key (`key`) at `path`. The first `base` segments lead to the
 * document itself (an item of a List). A mapping or list has the position of its key, or of its first token
 * if it has no key. If absent: that of the nearest parent.
 */
export function locate(root: TreeNode, path: Path, want: 'value' | 'key', base: number): Range {
  let node = root;
  let key: Range | undefined;
  let depth = 0;
  for (const segment of path) {
    const inside = follow(node);
    if (inside.kind === 'map') {
      const i = indexOf(inside, String(segment));
      if (i < 0) break;
      key = inside.keyRanges[i];
      node = inside.values[i]!;
    } else if (inside.kind === 'list' && typeof segment === 'number' && segment < inside.items.length) {
      key = undefined;
      node = inside.items[segment]!;
    } else break;
    depth++;
  }
  if (depth <= base) return documentRange(follow(node));
  const found = depth === path.length;
  if (found && want === 'key' && key !== undefined) return key;
  const single = node.kind === 'scalar' || (node.kind === 'alias' && found);
  if (single && node.to > node.from) return [node.from, node.to];
  return key ?? firstToken(follow(node));
}

/** Many findings may ask for places in one large mapping: such a one gets an index. */
const indexes = new WeakMap<MapNode, ReadonlyMap<string, number>>();
const FEW = 16;

function indexOf(map: MapNode, key: string): number {
  if (map.keys.length <= FEW) return map.keys.indexOf(key);
  let index = indexes.get(map);
  if (index === undefined) {
    index = new Map(map.keys.map((name, i) => [name, i]));
    indexes.set(map, index);
  }
  return index.get(key) ?? -1;
}

const follow = (node: TreeNode): TreeNode => (node.kind === 'alias' ? follow(node.target) : node);

const member = (node: TreeNode, key: string): TreeNode | undefined => {
  const inside = follow(node);
  const i = inside.kind === 'map' ? indexOf(inside, key) : -1;
  return i < 0 || inside.kind !== 'map' ? undefined : follow(inside.values[i]!);
};

/**
 * A whole document has the position of its metadata.name, otherwise of its kind, otherwise of its first
 * token.
 */
function documentRange(node: TreeNode): Range {
  const metadata = member(node, 'metadata');
  for (const told of [metadata && member(metadata, 'name'), member(node, 'kind')])
    if (told?.kind === 'scalar' && told.to > told.from) return [told.from, told.to];
  return firstToken(node);
}

/** Of a collection: its first key or item, or its bracket. */
function firstToken(node: TreeNode): Range {
  if (node.kind === 'map' && node.keyRanges[0] !== undefined && node.keyRanges[0][0] === node.from)
    return node.keyRanges[0];
  return node.kind === 'scalar' ? [node.from, node.to] : [node.from, node.from + 1];
}
