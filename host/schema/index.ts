/** Documents → typed resources (being written). */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Document } from '../manifests/documents.ts';
import type { AnyResource } from '../model/resources.ts';

export { parsePolicySpec } from './backend-traffic-policy.ts';

export function readResource(_document: Document): { resource?: AnyResource; diagnostics: Diagnostic[] } {
  return { diagnostics: [] };
}
/** All documents, in order. */
export function readResources(documents: readonly Document[]): {
  resources: AnyResource[];
  diagnostics: Diagnostic[];
} {
  const results = documents.map(readResource);
  return {
    resources: results.flatMap((r) => (r.resource === undefined ? [] : [r.resource])),
    diagnostics: results.flatMap((r) => r.diagnostics),
  };
}
