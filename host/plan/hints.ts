/**
 * "Did you mean …" for names that do not exist. Each look-up compares with every known name, so a build that is wrong
 * everywhere gets hints for its first mistakes only: the work stays bounded.
 */
import { nearestName } from '../diagnostics/nearest.ts';

const MOST_HINTS = 100;

export type Hint = (name: string, known: () => Iterable<string>, otherwise: string) => string;

/** A hint giver for one build. `otherwise` is said when nothing is near. */
export function hints(): Hint {
  let left = MOST_HINTS;
  return (name, known, otherwise) => {
    if (left <= 0) return otherwise;
    left--;
    const near = nearestName(name, [...known()]);
    return near === undefined ? otherwise : `Did you mean ${near}?`;
  };
}
