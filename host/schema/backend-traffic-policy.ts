/** BackendTrafficPolicy (being written). */
import type { Diagnostic, Locate } from '../diagnostics/diagnostic.ts';
import type { BackendTrafficPolicySpec } from '../model/resources.ts';

/** A merged raw spec (mergeType) read again: what another type's parent left over is dropped, not refused. */
export function parsePolicySpec(
  _raw: unknown,
  _at: Locate,
): { spec?: BackendTrafficPolicySpec; diagnostics: Diagnostic[]; invalid: string[] } {
  return { diagnostics: [], invalid: [] };
}
