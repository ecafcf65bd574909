/**
 * JSON (RFC 8259) as a tree with offsets, in one pass: what `kubectl get -o json` and the like write. Like
 * simple-yaml.ts it reads only what it is sure of. At a mistake, a key that occurs twice or too deep nesting
 * it gives up, and full-yaml.ts, for which JSON is YAML, reads the text and reports what is wrong.
 */
import type { MapNode, TreeNode } from './tree.ts';

/** Thrown inside only. */
const giveUp = Symbol('no plain JSON');
const maxDepth = 64;
/** No control characters; escapes are left to JSON.parse. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are the characters that are not allowed
const string = /"(?:[^"\\\u0000-\u001f]|\\["\\/bfnrtu])*"/y;
const atom = /(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null)(?=[\s,\]}]|$)/y;

/** The tree of the text between two offsets, or undefined when it is no plain JSON mapping. */
export function readJson(text: string, from: number, to: number): TreeNode | undefined {
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
  #at: number;
  #depth = 0;

  constructor(text: string, from: number, to: number) {
    this.#text = text;
    this.#end = to;
    this.#at = from;
  }

  document(): TreeNode {
    if (this.#text.startsWith('---', this.#at)) this.#at += 3;
    if (this.#peek() !== 123) throw giveUp;
    const tree = this.#value();
    if (this.#peek() >= 0) throw giveUp;
    return tree;
  }

  /** The next character that is no blank; -1 at the end. A tab may mean something else to YAML. */
  #peek(): number {
    while (this.#at < this.#end) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13) return code;
      this.#at++;
    }
    return -1;
  }

  #value(): TreeNode {
    switch (this.#peek()) {
      case 123:
        return this.#map();
      case 91:
        return this.#list();
      default: {
        const from = this.#at;
        const written = this.#match(this.#text.charCodeAt(from) === 34 ? string : atom);
        return { kind: 'scalar', value: this.#parse(written), from, to: this.#at };
      }
    }
  }

  #map(): TreeNode {
    const map = {
      kind: 'map' as const,
      from: this.#at,
      to: 0,
      keys: [],
      keyRanges: [],
      values: [],
    } as MapNode;
    const seen = new Set<string>();
    this.#items(125, () => {
      if (this.#peek() !== 34) throw giveUp;
      const from = this.#at;
      const key = this.#parse(this.#match(string)) as string;
      // In JSON `<<` is a normal key; in YAML it merges a mapping.
      if (seen.has(key) || key === '<<') throw giveUp;
      seen.add(key);
      const range = [from, this.#at] as const;
      if (this.#peek() !== 58) throw giveUp;
      this.#at++;
      map.keys.push(key);
      map.keyRanges.push(range);
      map.values.push(this.#value());
    });
    return { ...map, to: this.#at };
  }

  #list(): TreeNode {
    const from = this.#at;
    const items: TreeNode[] = [];
    this.#items(93, () => items.push(this.#value()));
    return { kind: 'list', from, to: this.#at, items };
  }

  /** From the opening bracket up to and including the closing one. */
  #items(close: number, item: () => void): void {
    if (++this.#depth > maxDepth) throw giveUp;
    this.#at++;
    if (this.#peek() !== close) {
      for (;;) {
        item();
        const next = this.#peek();
        if (next === close) break;
        if (next !== 44) throw giveUp;
        this.#at++;
      }
    }
    this.#at++;
    this.#depth--;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null || pattern.lastIndex > this.#end) throw giveUp;
    this.#at = pattern.lastIndex;
    return found[0];
  }

  #parse(written: string): unknown {
    if (written.charCodeAt(0) === 34 && !written.includes('\\')) return written.slice(1, -1);
    try {
      return JSON.parse(written);
    } catch {
      throw giveUp;
    }
  }
}
