/**
 * Offsets in a text → the line and column an editor shows. Columns count UTF-16 units from 1; a line ends
 * with LF or CRLF. The table of line starts is made when the first location is asked for: most documents do
 * not need it.
 */
import type { Location } from '../diagnostics/diagnostic.ts';
import { maxLineText } from './caps.ts';
import { hiddenRanges, shownPart } from './hidden-lines.ts';

export class Lines {
  readonly #file: string;
  readonly #text: string;
  #starts: number[] | undefined;
  #hidden: ReturnType<typeof hiddenRanges> | undefined;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  /** `from` and `to` are offsets; the length is cut at the end of the line, and is at least 1. */
  location(from: number, to: number): Location {
    const starts = this.#lineStarts();
    const offset = Math.min(Math.max(from, 0), this.#text.length);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    const start = starts[low]!;
    let end = low + 1 < starts.length ? starts[low + 1]! - 1 : this.#text.length;
    if (end > start && this.#text[end - 1] === '\r') end--;
    // A line of a megabyte, with a thousand places on it: each carries what stands around it.
    const first = end - start <= maxLineText ? start : Math.max(start, offset - maxLineText / 2);
    return {
      file: this.#file,
      line: low + 1,
      column: offset - start + 1,
      length: Math.max(1, Math.min(to, end) - offset),
      lineText: this.hides(start)
        ? shownPart(first === start ? this.#text.slice(start, Math.min(end, start + maxLineText)) : '…')
        : this.#text.slice(first, Math.min(end, first + maxLineText)),
      ...(first === start ? {} : { lineFrom: first - start + 1 }),
    };
  }

  /** The place is in a Secret, so that no message may repeat what stands there. */
  hides(offset: number): boolean {
    this.#hidden ??= hiddenRanges(this.#text);
    return this.#hidden.some(([from, to]) => from <= offset && offset < to);
  }

  #lineStarts(): number[] {
    if (this.#starts === undefined) {
      const starts = [0];
      for (let at = this.#text.indexOf('\n'); at >= 0; at = this.#text.indexOf('\n', at + 1))
        starts.push(at + 1);
      this.#starts = starts;
    }
    return this.#starts;
  }
}
