/**
 * What goes wrong on the way to an API server, in lines: each once, however many kinds it meets and however
 * often it is tried, and one line when all is well again.
 */
import { printable } from '../basics/text.ts';

const MAX_REMEMBERED = 256;

export class Troubles {
  readonly #say: (line: string) => void;
  /** By what it is about. */
  readonly #now = new Map<string, string>();
  readonly #said = new Set<string>();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  tell(about: string, trouble: string): void {
    this.#now.set(about, trouble);
    if (this.#said.has(trouble) || this.#said.size >= MAX_REMEMBERED) return;
    this.#said.add(trouble);
    this.#say(`Kubernetes: ${printable(trouble)}; tried again`);
  }

  over(about: string): void {
    if (!this.#now.delete(about) || this.#now.size > 0) return;
    this.#said.clear();
    this.#say('Kubernetes: all is followed again');
  }
}
