/**
 * Header modifiers → one set of edits. What Envoy would refuse is an error of the route, in Envoy Gateway's
 * words.
 */
import type { HeaderModifier } from '../../model/resources.ts';
import { joinErrors } from '../status/conditions.ts';
import type { HeaderEdits } from '../types.ts';

/** Collects the edits of several modifiers; the first modifier that names a header wins. */
export class HeaderEditor {
  readonly #filter: string;
  readonly #add: { name: string; value: string }[] = [];
  readonly #set: { name: string; value: string }[] = [];
  readonly #remove: string[] = [];
  readonly #written = new Set<string>();
  readonly #removed = new Set<string>();

  constructor(filter: string) {
    this.#filter = filter;
  }

  /** Returns the problems of the modifier. */
  apply(modifier: HeaderModifier): string[] {
    const problems: string[] = [];
    const write =
      (verb: string, into: { name: string; value: string }[]) =>
      (header: { name: string; value: string }) => {
        const { name, value } = header;
        if (!isModifiable(name)) problems.push(this.#unmodifiable(name, 'set'));
        else if (!HEADER_VALUE.test(value))
          problems.push(
            `Header: "${name}". ${this.#filter} Filter cannot ${verb} a header with an invalid value.`,
          );
        else if (!this.#written.has(name.toLowerCase())) {
          this.#written.add(name.toLowerCase());
          into.push({ name, value });
        }
      };
    modifier.add.forEach(write('add', this.#add));
    modifier.set.forEach(write('set', this.#set));
    for (const name of modifier.remove) {
      if (!isModifiable(name)) problems.push(this.#unmodifiable(name, 'remove'));
      else if (!this.#removed.has(name.toLowerCase())) {
        this.#removed.add(name.toLowerCase());
        this.#remove.push(name);
      }
    }
    return problems.length === 0 ? [] : [joinErrors(problems)];
  }

  edits(): HeaderEdits {
    return { set: this.#set, add: this.#add, remove: this.#remove };
  }

  #unmodifiable(name: string, verb: string): string {
    return `Header: "${name}". The ${this.#filter} filter cannot ${verb} the Host header or headers with a '/' or ':' character in them.`;
  }
}

/** Envoy refuses to edit pseudo-headers and Host. */
const isModifiable = (name: string): boolean => !/[/:]/.test(name) && name.toLowerCase() !== 'host';
/**
 * RFC 9110, field values: visible characters, single blanks or tabs between them. Each group begins with its
 * blank: linear.
 */
const HEADER_VALUE = /^[!-~]+(?:[\t ][!-~]+)*$/;
