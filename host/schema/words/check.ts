/**
 * A raw value against a schema: every zod issue becomes one diagnostic, with the sentence made here. Fields
 * that are merely not translated do not refuse a document: they are reported and left out.
 */

import { z } from 'zod';
import { given } from '../../basics/collections.ts';
import { fieldName, type Path } from '../../basics/path.ts';
import { nearestName } from '../../diagnostics/nearest.ts';
import { asObject, type Finding, type Report } from './findings.ts';
import type { Leaf } from './shape.ts';
import { looksLikePlaceholder, neighbourOf, shapeHint } from './wrong-fields.ts';

interface Params {
  readonly leaf?: Leaf<unknown>;
  readonly untranslated?: true;
  readonly refused?: string;
  readonly protecting?: string;
  readonly code?: string;
  readonly has?: number;
  readonly rule?: string;
}

/** The checked value, or undefined after errors. `base` is the path of `raw` in the document. */
export function check<T extends z.ZodType>(
  schema: T,
  raw: unknown,
  report: Report,
  base: Path = [],
): z.output<T> | undefined {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const soft = result.error.issues.filter(isLeftOut);
  for (const issue of result.error.issues) tell(issue, schema, raw, report, base);
  if (soft.length < result.error.issues.length) return undefined;
  const without = structuredClone(raw);
  for (const issue of soft) {
    const owner = valueAt(without, issue.path.slice(0, -1) as Path);
    delete (owner as Record<PropertyKey, unknown>)[issue.path.at(-1)!];
  }
  const again = schema.safeParse(without);
  return again.success ? again.data : undefined;
}

const paramsOf = (issue: z.core.$ZodIssue): Params =>
  (issue.code === 'custom' ? (issue.params as Params | undefined) : undefined) ?? {};
/** The document is read without the field. */
const isLeftOut = (issue: z.core.$ZodIssue): boolean =>
  paramsOf(issue).untranslated === true || paramsOf(issue).protecting !== undefined;

function tell(issue: z.core.$ZodIssue, schema: z.ZodType, raw: unknown, report: Report, base: Path): void {
  const path = issue.path as Path;
  const full = [...base, ...path];
  const name =
    fieldName(full.slice(full.findLastIndex((part) => typeof part === 'string'))) || 'The document';
  const value = valueAt(raw, path);
  const params = paramsOf(issue);
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) unknownField(key, schema, path, asObject(value)?.[key], report, base);
  } else if (params.untranslated) {
    report.warning(full, {
      code: 'field-not-translated',
      message: `${fieldName(full)} is a field of this API that Loadstar does not translate: it has no effect.`,
      hint: 'Remove it, or do without what it asks for.',
      point: 'key',
    });
  } else if (params.refused !== undefined || params.protecting !== undefined) {
    const finding: Finding = {
      code: 'field-not-supported',
      message: `${fieldName(full)} is a field of this API that Loadstar does not translate: ${params.refused ?? params.protecting}.`,
      rule: 'What restricts or protects must not be left out.',
      hint: 'Remove it, if that is what you want.',
      point: 'key',
    };
    if (params.refused !== undefined) report.error(full, finding);
    else report.unusable(full, `${fieldName(full)} is not translated`, finding);
  } else if (report.hasRefused(full)) {
    // A more specific rule reports it.
  } else if (value === undefined) {
    const rule = params.leaf?.rule ?? (issue.code === 'invalid_type' ? shapeName(issue.expected) : undefined);
    report.error(full, {
      code: 'field-missing',
      message: `${fieldName(full)} is missing.`,
      rule: given(rule, (words) => `${name} must be ${words}.`),
      hint: `Add ${name}${full.length > 1 ? ` to ${fieldName(full.slice(0, -1))}` : ''}.`,
    });
  } else if (params.has !== undefined) {
    report.error(full, {
      code: params.code ?? 'list-length',
      message: `${name} has ${params.has} ${params.has === 1 ? 'item' : 'items'}; it must have ${params.rule}.`,
      rule: `${name} must have ${params.rule}.`,
      hint: params.has === 0 ? 'Add an item, or remove the field.' : undefined,
    });
  } else {
    const rule = params.leaf?.rule ?? (issue.code === 'invalid_type' ? shapeName(issue.expected) : 'valid');
    const hint = looksLikePlaceholder(value)
      ? 'It looks like a placeholder: render it first (envsubst, helm template, kustomize build).'
      : (shapeHint(name, value) ?? params.leaf?.hint?.(value));
    report.error(full, {
      code: wrongType(params.leaf, value) ? 'field-type' : (params.leaf?.code ?? 'field-type'),
      message: `${name} must be ${rule}, not ${report.shown(full, value)}.`,
      value,
      rule: `${name} must be ${rule}.`,
      // Many repeat the value.
      hint: report.hides(full) ? undefined : hint,
    });
  }
}

/** A mapping or list in place of a single value is a type error, whatever the value's rule is. */
const wrongType = (leaf: Leaf<unknown> | undefined, value: unknown): boolean =>
  leaf?.code === undefined || typeof value === 'object';

const shapeName = (expected: string): string =>
  expected === 'object' || expected === 'record' ? 'a mapping' : expected === 'array' ? 'a list' : expected;

function unknownField(
  key: string,
  schema: z.ZodType,
  path: Path,
  value: unknown,
  report: Report,
  base: Path,
): void {
  const known = Object.keys(shapeAt(schema, path) ?? {});
  const owner = [...base, ...path];
  const meant = neighbourOf(owner, key);
  const near = meant ?? nearestName(key, known);
  report.error([...owner, key], {
    code: 'field-unknown',
    message: `${fieldName([...owner, key])} is not a field of this API.`,
    value,
    rule: known.length === 0 || near !== undefined ? undefined : `Known here: ${known.join(', ')}.`,
    hint: near === undefined ? 'Remove it.' : `Did you mean ${near}?`,
    point: 'key',
  });
}

/** The keys that a schema knows at a path; unwraps what zod wraps. */
function shapeAt(schema: z.ZodType, path: Path): Record<string, unknown> | undefined {
  let here: z.ZodType | undefined = unwrap(schema);
  for (const segment of path) {
    if (here instanceof z.ZodArray) here = unwrap(here.element as z.ZodType);
    else if (here instanceof z.ZodObject) {
      const next: unknown = here.shape[String(segment)];
      if (!(next instanceof z.ZodType)) return undefined;
      here = unwrap(next);
    } else return undefined;
  }
  return here instanceof z.ZodObject ? here.shape : undefined;
}

const unwrap = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional ? unwrap(schema.unwrap() as z.ZodType) : schema;

function valueAt(raw: unknown, path: Path): unknown {
  let value = raw;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[segment];
  }
  return value;
}
