/**
 * "Did you mean …" for names that do not exist. Each look-up compares with every known name. To bound the
 * work, only the first mistakes of a build get hints.
 */
import { nearestName } from '../diagnostics/nearest.ts';

const MOST_HINTS = 100;

export type Hint = (name: string, known: () => Iterable<string>, otherwise: string) => string;

/** A hint giver for one build. `otherwise`: the hint when no name is near. */
export function hints(): Hint {
  let left = MOST_HINTS;
  return (name, known, otherwise) => {
    if (left <= 0) return otherwise;
    left--;
    const near = nearestName(name, [...known()]);
    return near === undefined ? otherwise : `Did you mean ${near}?`;
  };
}
