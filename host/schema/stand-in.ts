/**
 * A refused document minus its bad fields, used only to report further problems in the same run: a policy
 * with a mistyped duration may also name a route that does not exist. It never becomes configuration.
 */
import type { Path } from '../basics/path.ts';
import type { Document } from '../manifests/documents.ts';
import type { AnyResource } from '../model/resources.ts';
import { Report } from './words/findings.ts';
import type { Kind } from './words/kind.ts';

/** Each round removes what the previous one was refused for. A missing field removes its parent. */
const ROUNDS = 4;

/** Undefined if too little is left. `refused`: the fields with errors. */
export function standIn(kind: Kind, document: Document, refused: readonly Path[]): AnyResource | undefined {
  let value: unknown = document.value;
  let wrong = refused;
  for (let round = 0; round < ROUNDS && wrong.length > 0; round++) {
    const copy = structuredClone(value) as Record<string, unknown>;
    const taken: Path[] = [];
    // The deepest first: what is missing in a field goes with that field, before the field's owner is looked
    // at.
    for (const path of [...wrong].sort((a, b) => b.length - a.length)) {
      if (taken.some((gone) => gone.every((segment, i) => path[i] === segment))) continue;
      const gone = take(copy, path);
      if (gone === undefined) return undefined;
      taken.push(gone);
    }
    value = copy;
    const report = new Report(document);
    const resource = kind.read({ ...document, value: copy }, report);
    if (resource !== undefined && !report.refused) return resource;
    wrong = report.refusedPaths;
  }
  return undefined;
}

/**
 * Removes the field, or the nearest one around it that is there; returns which. List items stay, for the
 * positions of the others. Undefined if the name, the kind or the whole spec would be removed.
 */
function take(root: Record<string, unknown>, path: Path): Path | undefined {
  for (let length = path.length; length > 0; length--) {
    const key = path[length - 1]!;
    if (typeof key === 'number') continue;
    const owner = path
      .slice(0, length - 1)
      .reduce<unknown>((value, segment) => (value as Record<string, unknown> | undefined)?.[segment], root);
    if (typeof owner !== 'object' || owner === null || !Object.hasOwn(owner, key)) continue;
    if (length === 1) return undefined;
    delete (owner as Record<string, unknown>)[key];
    return path.slice(0, length);
  }
  return undefined;
}
