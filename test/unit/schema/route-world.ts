/** HTTPRoutes and GRPCRoutes in a test: what the model gets, and a rule that is broken once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyRoute } from '../../../host/model/resources.ts';
import { assertFindings, type Expected, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';

export const route = (spec: string, kind = 'HTTPRoute'): string =>
  `apiVersion: gateway.networking.k8s.io/v1\nkind: ${kind}\nmetadata: {name: r}\nspec: ${spec}\n`;

export function read(spec: string, kind = 'HTTPRoute'): AnyRoute['spec'] {
  const { resources, diagnostics } = readText(route(spec, kind));
  same(diagnostics, []);
  const [only] = resources;
  assert.ok(only?.kind === 'HTTPRoute' || only?.kind === 'GRPCRoute');
  return only.spec;
}

export const rule = 'spec.rules[0]';
export type Case = readonly [name: string, spec: string, expected: Expected[]];

export function testCases(kind: 'HTTPRoute' | 'GRPCRoute', cases: readonly Case[]): void {
  for (const [name, spec, expected] of cases) {
    test(`${kind}: ${name}`, () => {
      const { resources, diagnostics } = readText(route(spec, kind));
      assertFindings(diagnostics, expected);
      assert.equal(resources.length, expected.some((e) => e.severity === undefined) ? 0 : 1);
    });
  }
}
