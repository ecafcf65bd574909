/** A manifest in a test → resources and diagnostics, with what each diagnostic points at as text. */
import assert from 'node:assert/strict';
import type { Diagnostic } from '../../host/diagnostics/diagnostic.ts';
import { parseDocuments } from '../../host/manifests/documents.ts';
import type { AnyResource } from '../../host/model/resources.ts';
import { readResources } from '../../host/schema/index.ts';
import { same } from './plain.ts';

export function readText(
  text: string,
  file = 'in.yaml',
): { resources: AnyResource[]; diagnostics: Diagnostic[] } {
  const parsed = parseDocuments({ file, text });
  const read = readResources(parsed.documents);
  return { resources: read.resources, diagnostics: [...parsed.diagnostics, ...read.diagnostics] };
}

/** The first resource of a text; `codes` are all that is found. */
export function readOne(text: string, codes: readonly string[] = []): AnyResource {
  const { resources, diagnostics } = readText(text);
  same(
    diagnostics.map(({ code }) => code),
    codes,
  );
  return resources[0]!;
}

/** The text that the caret points to. */
export const pointed = ({ at }: Diagnostic): string | undefined =>
  at?.lineText.slice(at.column - 1, at.column - 1 + at.length);

export interface Expected {
  readonly code: string;
  readonly field: string;
  /** What the message or the hint must say. */
  readonly says: RegExp;
  readonly hint?: RegExp;
  readonly points: string;
  /** On the nth line (from 1) of the text, if `points` occurs more than once. */
  readonly line?: number;
  readonly severity?: 'error' | 'warning' | 'notice';
}

/** Exactly the expected findings, in any order: one more or one less fails. */
export function assertFindings(diagnostics: readonly Diagnostic[], expected: readonly Expected[]): void {
  const brief = diagnostics.map((d) => `${d.severity} ${d.code} ${d.field}: ${d.message}`);
  assert.equal(diagnostics.length, expected.length, `findings:\n${brief.join('\n')}`);
  for (const want of expected) {
    const found = diagnostics.find((d) => d.code === want.code && d.field === want.field);
    assert.ok(found, `no ${want.code} at ${want.field}; findings:\n${brief.join('\n')}`);
    assert.equal(found.severity, want.severity ?? 'error');
    assert.match(found.message, want.says);
    if (want.hint !== undefined) assert.match(found.hint ?? '', want.hint);
    assert.equal(pointed(found), want.points);
    if (want.line !== undefined) assert.equal(found.at?.line, want.line);
    assert.match(found.message, /\.$/, 'a message is a sentence');
  }
}

/** A policy for the HTTPRoute r, with the given lines below `spec`. */
export const policyWith = (spec: string, metadata = ''): string => `apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata:
  name: p
${indent(metadata, 2)}spec:
  targetRefs:
  - group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: r
${indent(spec, 2)}`;

export const indent = (text: string, by: number): string =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `${' '.repeat(by)}${line}\n`)
    .join('');
