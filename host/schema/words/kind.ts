/**
 * One way to read a document, shared by the files of the kinds: which fields it has, and what becomes of
 * them.
 */
import type { ZodType } from 'zod';
import type { Locate } from '../../diagnostics/diagnostic.ts';
import type { Document } from '../../manifests/documents.ts';
import type { AnyResource } from '../../model/resources.ts';
import type { Report } from './findings.ts';

export interface Kind {
  readonly group: string;
  readonly kind: string;
  /** Newest first; the first is named in hints. */
  readonly versions: readonly string[];
  readonly clusterScoped: boolean;
  readonly schema: ZodType;
  /** Undefined when the report refuses it. */
  readonly read: (document: Document, report: Report) => AnyResource | undefined;
}

/** Of an apiVersion as written: `apps` of `apps/v1`, `''` of `v1` and of what is no text. */
export const groupOf = (apiVersion: unknown): string =>
  typeof apiVersion === 'string' && apiVersion.includes('/')
    ? apiVersion.slice(0, apiVersion.indexOf('/'))
    : '';

/** `''` is the core group. */
export const apiVersionOf = (kind: Kind): string =>
  kind.group === '' ? kind.versions[0]! : `${kind.group}/${kind.versions[0]}`;

/**
 * A Locate for a list of which some items were left out: index i of the model is index `kept[i]` of the
 * manifest. Unchanged when all were kept, which is the rule.
 */
export function remap(
  at: Locate,
  list: readonly (string | number)[],
  kept: readonly number[],
  of: number,
): Locate {
  if (kept.length === of) return at;
  return (...path) => {
    const index = path[list.length];
    const inside = list.every((segment, i) => path[i] === segment) && typeof index === 'number';
    if (!inside || kept[index] === undefined) return at(...path);
    return at(...list, kept[index], ...path.slice(list.length + 1));
  };
}
