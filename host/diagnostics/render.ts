/** Diagnostics as text with a caret, or as JSON (being written). */
import type { Diagnostic } from './diagnostic.ts';

export function renderText(diagnostics: readonly Diagnostic[], _options: { readonly color: boolean }): string {
  return diagnostics.map((d) => `${d.severity}: ${d.message} [${d.code}]\n`).join('');
}
/** One JSON document: an array of diagnostics, sorted by position, ends with a newline. */
export function renderJson(diagnostics: readonly Diagnostic[]): string {
  return `${JSON.stringify(diagnostics, null, 2)}\n`;
}
