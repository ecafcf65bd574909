/** A BackendTrafficPolicy in a test → what the model gets. */
import assert from 'node:assert/strict';
import type { BackendTrafficPolicy } from '../../../host/model/resources.ts';
import { policyWith, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';

export function policy(text: string): BackendTrafficPolicy {
  const { resources, diagnostics } = readText(text);
  same(
    diagnostics.filter((d) => d.severity === 'error'),
    [],
  );
  const [only] = resources;
  assert.ok(only?.kind === 'BackendTrafficPolicy');
  return only;
}

export const specOf = (lines: string): BackendTrafficPolicy['spec'] => policy(policyWith(lines)).spec;
