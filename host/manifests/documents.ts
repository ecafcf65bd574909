/** Texts → documents with positions (being written). */
import type { Diagnostic, Locate } from '../diagnostics/diagnostic.ts';

export interface Source {
  readonly file: string;
  readonly text: string;
}
export interface Document {
  readonly file: string;
  /** Plain value, without nulls. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Position of a value; of the nearest parent when it is absent. */
  readonly at: Locate;
  /** Position of a key; as `at` when it is absent. */
  readonly keyAt: Locate;
  readonly order: number;
}

/** `firstOrder`: the order of the first document, so that several sources can be numbered through. */
export function parseDocuments(
  _source: Source,
  _firstOrder = 0,
): { documents: Document[]; diagnostics: Diagnostic[] } {
  return { documents: [], diagnostics: [] };
}
