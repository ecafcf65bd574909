/** spec.loadBalancer in a test: a rule that is broken once, and what must be reported for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFindings, type Expected, policyWith, readText } from '../../support/manifest.ts';

export interface Case {
  readonly name: string;
  readonly spec: string;
  readonly expected: readonly Expected[];
  /** The status message of a policy that stays in the model; absent: the document is refused. */
  readonly invalid?: RegExp;
}

export const lb = 'spec.loadBalancer';

export const balancer = (lines: string): string =>
  `loadBalancer:\n${lines
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}`;

export function testCases(cases: readonly Case[]): void {
  for (const { name, spec, expected, invalid } of cases) {
    test(`load balancer: ${name}`, () => {
      const { resources, diagnostics } = readText(policyWith(spec));
      assertFindings(diagnostics, expected);
      if (invalid === undefined) {
        assert.equal(resources.length, 0, 'the document is refused');
        return;
      }
      const [policy] = resources;
      assert.equal(policy?.kind, 'BackendTrafficPolicy');
      assert.match((policy?.kind === 'BackendTrafficPolicy' && policy.invalid?.join()) || '', invalid);
    });
  }
}
