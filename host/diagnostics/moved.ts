/** What was found in a part of a text, once that part begins some lines further down. */
import { type Diagnostic, hasLines, type Locate, type Location } from './diagnostic.ts';

const down = (at: Location, lines: number): Location =>
  hasLines(at) ? { ...at, line: at.line + lines } : at;

/** @param lines How many lines further down; negative: up. */
export const movedLocate = (at: Locate, lines: number): Locate =>
  lines === 0 ? at : (...path) => down(at(...path), lines);

/** For diagnostics whose places are all in that part. */
export function movedDiagnostic(found: Diagnostic, lines: number): Diagnostic {
  if (lines === 0) return found;
  const { at, notes } = found;
  return {
    ...found,
    ...(at === undefined ? {} : { at: down(at, lines) }),
    ...(notes === undefined
      ? {}
      : {
          notes: notes.map((note) => (note.at === undefined ? note : { ...note, at: down(note.at, lines) })),
        }),
  };
}
