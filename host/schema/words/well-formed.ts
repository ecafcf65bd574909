/**
 * Text that no file in UTF-8 can hold: half of a surrogate pair, which an escape as "\ud800" makes. Envoy
 * cannot read a configuration with one, wherever it stands.
 */
import type { Path } from '../../basics/path.ts';
import type { Report } from './findings.ts';

/** With the flag u a whole pair is one character, which this is not. */
const HALF = /\p{Surrogate}/u;

/** Refuses the document at each such text, and at each key. */
export function checkWellFormed(value: unknown, report: Report, path: Path = []): void {
  if (typeof value === 'string') {
    if (HALF.test(value)) refuse(path, report);
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) checkWellFormed(item, report, [...path, i]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      if (HALF.test(key)) refuse([...path, key], report);
      else checkWellFormed(member, report, [...path, key]);
    }
  }
}

const refuse = (path: Path, report: Report): void =>
  report.error(path, {
    code: 'text-invalid',
    message: 'The text holds half of a surrogate pair, which is no character.',
    rule: 'Text must be Unicode: \\ud800 to \\udfff stand for a character in pairs only.',
    hint: 'Write the character itself, or both halves of its pair.',
  });
