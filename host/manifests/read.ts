/** Files, folders and standard input → texts (being written). The only file of the translation that touches the disk. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from './documents.ts';

export async function readManifests(
  _paths: readonly string[],
  _stdin: () => Promise<string>,
): Promise<{ sources: Source[]; diagnostics: Diagnostic[] }> {
  return { sources: [], diagnostics: [] };
}
