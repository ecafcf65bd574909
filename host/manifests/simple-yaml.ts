/**
 * The plain YAML that most manifests are written in, read in one pass: block mappings and lists by
 * indentation, scalars and flow collections on one line. It is ten times as fast as the full parser and reads
 * only what it is sure of. At anything else (anchors, tags, long texts, escapes, duplicate keys, tabs,
 * mistakes) it gives up, and full-yaml.ts reads the document. test/unit/manifests checks that both make the
 * same trees.
 */
import type { ListNode, MapNode, Range, TreeNode } from './tree.ts';

/** Thrown inside only. */
const giveUp = Symbol('beyond the plain form');
const maxDepth = 64;
const plainKey = /[A-Za-z_][\w./-]*(?=:(?:[ \r\n]|$))/y;
const quotedKey = /"[^"\\\r\n]*"(?=:(?:[ \r\n]|$))/y;
/** What the core schema does not read as text, except integers in plain digits (YAML 1.2, 10.3.2). */
const special =
  /^(?:|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$/;

/** The tree of the document between two offsets, or undefined when it is not of the plain form. */
export function readSimple(text: string, from: number, to: number): TreeNode | undefined {
  try {
    return new Reader(text, from, to).document();
  } catch (error) {
    if (error !== giveUp) throw error;
    return undefined;
  }
}

class Reader {
  readonly #text: string;
  readonly #end: number;
  /** Start of the line after the current one. */
  #next: number;
  /**
   * The current line: column of its first character, offset of that, and of its end without trailing blanks.
   */
  #indent = -1;
  #start = 0;
  #stop = 0;
  #depth = 0;

  constructor(text: string, from: number, to: number) {
    this.#text = text;
    this.#end = to;
    this.#next = from;
  }

  document(): TreeNode {
    // A CR is part of a line end; anywhere else the full parser decides.
    if (/\r(?!\n)/.test(this.#text.slice(this.#next, this.#end))) throw giveUp;
    this.#advance();
    if (this.#indent === 0 && this.#text.startsWith('---', this.#start)) {
      if (this.#stop !== this.#start + 3) throw giveUp;
      this.#advance();
    }
    if (this.#indent !== 0) throw giveUp;
    const tree = this.#block();
    if (this.#indent >= 0) throw giveUp;
    return tree;
  }

  /** To the next line that holds something; indent -1 at the end. */
  #advance(): void {
    const text = this.#text;
    while (this.#next < this.#end) {
      let at = this.#next;
      let stop = text.indexOf('\n', at);
      if (stop < 0 || stop > this.#end) stop = this.#end;
      this.#next = stop + 1;
      const line = at;
      while (at < stop && text.charCodeAt(at) === 32) at++;
      const first = text.charCodeAt(at);
      if (at === stop || first === 35 /* # */ || (first === 13 && at + 1 === stop)) continue;
      if (first === 9 || first === 0xfeff || text.startsWith('...', at)) throw giveUp;
      while (stop > at && isBlank(text.charCodeAt(stop - 1))) stop--;
      this.#indent = at - line;
      this.#start = at;
      this.#stop = stop;
      return;
    }
    this.#indent = -1;
  }

  #block(): TreeNode {
    if (++this.#depth > maxDepth) throw giveUp;
    const node = this.#atDash() ? this.#list() : this.#map();
    this.#depth--;
    return node;
  }

  #atDash(): boolean {
    return (
      this.#text.charCodeAt(this.#start) === 45 &&
      (this.#start + 1 === this.#stop || this.#text.charCodeAt(this.#start + 1) === 32)
    );
  }

  #list(): ListNode {
    const indent = this.#indent;
    const list: ListNode = { kind: 'list', from: this.#start, to: this.#start, items: [] };
    while (this.#indent === indent && this.#atDash()) {
      let at = this.#start + 1;
      while (at < this.#stop && this.#text.charCodeAt(at) === 32) at++;
      if (at === this.#stop || this.#text.charCodeAt(at) === 35) {
        const end = this.#start + 1;
        this.#advance();
        list.items.push(this.#indent > indent ? this.#block() : empty(end));
        continue;
      }
      // The text after the dash is treated as a line, with its column as the indent.
      this.#indent += at - this.#start;
      this.#start = at;
      if (this.#atDash() || this.#keyAt(at) !== undefined) list.items.push(this.#block());
      else list.items.push(this.#inline(at, indent));
    }
    if (this.#indent > indent) throw giveUp;
    return list;
  }

  #map(): MapNode {
    const indent = this.#indent;
    const map: MapNode = {
      kind: 'map',
      from: this.#start,
      to: this.#start,
      keys: [],
      keyRanges: [],
      values: [],
    };
    const seen = new Keys();
    while (this.#indent === indent) {
      const range = this.#keyAt(this.#start);
      if (range === undefined) throw giveUp;
      this.#add(map, range, seen);
      let at = range[1] + 1;
      while (at < this.#stop && this.#text.charCodeAt(at) === 32) at++;
      if (at < this.#stop && this.#text.charCodeAt(at) !== 35) {
        map.values.push(this.#inline(at, indent));
        continue;
      }
      this.#advance();
      const below = this.#indent > indent || (this.#indent === indent && this.#atDash());
      map.values.push(below ? this.#block() : empty(range[1] + 1));
    }
    if (this.#indent > indent) throw giveUp;
    return map;
  }

  /** A duplicate key is a mistake that the full parser reports. */
  #add(map: MapNode, range: Range, seen: Keys): void {
    const quoted = this.#text.charCodeAt(range[0]) === 34;
    const key = this.#text.slice(range[0] + Number(quoted), range[1] - Number(quoted));
    if (!seen.add(key, map.keys) || (!quoted && special.test(key))) throw giveUp;
    map.keys.push(key);
    map.keyRanges.push(range);
  }

  #keyAt(at: number): Range | undefined {
    const pattern = this.#text.charCodeAt(at) === 34 ? quotedKey : plainKey;
    pattern.lastIndex = at;
    return pattern.test(this.#text) && pattern.lastIndex < this.#stop ? [at, pattern.lastIndex] : undefined;
  }

  /** A value that ends with its line; a line further in than `indent` would be its continuation. */
  #inline(at: number, indent: number): TreeNode {
    const [node, after] = this.#value(at, false);
    if (after !== this.#stop) {
      let rest = after;
      while (rest < this.#stop && this.#text.charCodeAt(rest) === 32) rest++;
      if (rest === after || this.#text.charCodeAt(rest) !== 35) throw giveUp;
    }
    this.#advance();
    if (this.#indent > indent) throw giveUp;
    return node;
  }

  /** A value on this line, and the offset after it. */
  #value(at: number, flow: boolean): [TreeNode, number] {
    const first = this.#text[at];
    switch (first) {
      case '"':
      case "'":
        return this.#quoted(at, first);
      case '{':
      case '[':
        return this.#flow(at);
      default:
        return this.#plain(at, flow);
    }
  }

  #quoted(at: number, quote: string): [TreeNode, number] {
    const end = this.#text.indexOf(quote, at + 1);
    if (end < 0 || end >= this.#stop) throw giveUp;
    const value = this.#text.slice(at + 1, end);
    if ((quote === '"' && value.includes('\\')) || this.#text[end + 1] === quote) throw giveUp;
    return [{ kind: 'scalar', value, from: at, to: end + 1 }, end + 1];
  }

  #plain(at: number, flow: boolean): [TreeNode, number] {
    const text = this.#text;
    if ('&*!|>%@`?:-,]}#='.includes(text[at]!)) {
      // A dash may begin a number or a word, but not an item.
      if (text[at] !== '-' || !/[\w.]/.test(text[at + 1] ?? '')) throw giveUp;
    }
    let end = at;
    for (; end < this.#stop; end++) {
      const code = text.charCodeAt(end);
      if (code === 9) throw giveUp;
      if (code === 58 /* : */) {
        const next = end + 1 === this.#stop ? 32 : text.charCodeAt(end + 1);
        if (next === 32 || (flow && ',[]{}'.includes(text[end + 1]!))) throw giveUp;
      } else if (code === 35 && text.charCodeAt(end - 1) === 32) break;
      else if (flow && (code === 44 || code === 93 || code === 125)) break;
      else if (flow && (code === 91 || code === 123)) throw giveUp;
    }
    while (end > at && text.charCodeAt(end - 1) === 32) end--;
    return [{ kind: 'scalar', value: resolve(text.slice(at, end)), from: at, to: end }, end];
  }

  #flow(open: number): [TreeNode, number] {
    if (++this.#depth > maxDepth) throw giveUp;
    const isMap = this.#text[open] === '{';
    const close = isMap ? '}' : ']';
    const map: MapNode = { kind: 'map', from: open, to: open, keys: [], keyRanges: [], values: [] };
    const seen = new Keys();
    const items: TreeNode[] = [];
    let at = this.#blanks(open + 1);
    while (this.#text[at] !== close) {
      if (isMap) {
        const range = this.#keyAt(at);
        if (range === undefined) throw giveUp;
        this.#add(map, range, seen);
        at = this.#blanks(range[1] + 1);
      }
      const [node, after] = this.#value(at, true);
      (isMap ? map.values : items).push(node);
      at = this.#blanks(after);
      if (this.#text[at] === close) break;
      if (this.#text[at] !== ',') throw giveUp;
      at = this.#blanks(at + 1);
      // A comma before the bracket: valid YAML, but usually a mistake.
      if (this.#text[at] === close) throw giveUp;
    }
    this.#depth--;
    return [isMap ? map : { kind: 'list', from: open, to: open, items }, at + 1];
  }

  /** Past blanks; the line must go on. */
  #blanks(from: number): number {
    let at = from;
    while (at < this.#stop && this.#text.charCodeAt(at) === 32) at++;
    if (at >= this.#stop) throw giveUp;
    return at;
  }
}

/** The keys of one mapping. Most have a few, and looking through those costs less than a set. */
class Keys {
  #set: Set<string> | undefined;

  /** False when it is there already. `before`: those that were added. */
  add(key: string, before: readonly string[]): boolean {
    if (before.length < FEW) return !before.includes(key);
    this.#set ??= new Set(before);
    const { size } = this.#set;
    return this.#set.add(key).size > size;
  }
}
const FEW = 16;

const isBlank = (code: number): boolean => code === 32 || code === 13 || code === 9;
const empty = (at: number): TreeNode => ({ kind: 'scalar', value: null, from: at, to: at });

/**
 * A plain scalar: text, or an integer of at most 15 digits; other special words are left to the full parser.
 */
function resolve(written: string): unknown {
  const code = written.charCodeAt(0);
  const digits = (code >= 48 && code <= 57) || code === 45;
  if (digits && written.length <= 15 && /^-?(?:0|[1-9][0-9]*)$/.test(written)) return Number(written);
  if (written === 'true') return true;
  if (written === 'false') return false;
  if (special.test(written)) throw giveUp;
  return written;
}
