/**
 * Text that no file in UTF-8 can hold: half of a surrogate pair, which an escape as "\ud800" makes. Envoy
 * cannot read a configuration with one, wherever it stands.
 */
import type { Path } from '../../basics/path.ts';
import { eachText } from './each-text.ts';
import type { Report } from './findings.ts';

/** With the flag u a whole pair is one character, which this is not. */
const HALF = /\p{Surrogate}/u;

/** Refuses the document at each such text, and at each key. */
export function checkWellFormed(value: unknown, report: Report): void {
  eachText(value, (text, path) => {
    if (HALF.test(text)) refuse([...path], report);
  });
}

const refuse = (path: Path, report: Report): void =>
  report.error(path, {
    code: 'text-invalid',
    message: 'The text holds half of a surrogate pair, which is no character.',
    rule: 'Text must be Unicode: \\ud800 to \\udfff stand for a character in pairs only.',
    hint: 'Write the character itself, or both halves of its pair.',
  });
