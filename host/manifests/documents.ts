/**
 * Text → documents: multi-document YAML 1.2 (JSON is a part of it) into plain values, each knowing where its fields stand.
 * `kind: List` is unrolled; empty documents are passed over; nulls are dropped, as an API server prunes them. What a
 * resource must look like is not known here.
 */
import { parseAllDocuments, type YAMLError, type Document as YamlDocument } from 'yaml';
import type { Diagnostic, Locate } from '../diagnostics/diagnostic.ts';
import { Lines } from './lines.ts';
import { locate, type Path } from './locate.ts';

export interface Source {
  readonly file: string;
  readonly text: string;
}

export interface Document {
  readonly file: string;
  /** Plain value, without nulls. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Position of a value; of its key where the value is a mapping or a list; of the nearest parent when it is absent. */
  readonly at: Locate;
  /** Position of a key; as `at` when there is none. */
  readonly keyAt: Locate;
  readonly order: number;
}

/** How often an anchor's content may be repeated by aliases: bounds what a few lines can expand to. */
const maxAliasCount = 100;

/** `firstOrder`: the order of the first document, so that several sources can be numbered through. */
export function parseDocuments(
  source: Source,
  firstOrder = 0,
): { documents: Document[]; diagnostics: Diagnostic[] } {
  const documents: Document[] = [];
  const diagnostics: Diagnostic[] = [];
  const lines = new Lines(source.file, source.text);
  const add = (value: object, yaml: YamlDocument, base: Path): void => {
    documents.push({
      file: source.file,
      value: value as Record<string, unknown>,
      at: (...path) => lines.location(...locate(yaml, [...base, ...path], 'value', base.length)),
      keyAt: (...path) => lines.location(...locate(yaml, [...base, ...path], 'key', base.length)),
      order: firstOrder + documents.length,
    });
  };
  const unroll = (value: unknown, yaml: YamlDocument, base: Path): void => {
    if (value === null || value === undefined) return;
    if (typeof value !== 'object' || Array.isArray(value)) {
      diagnostics.push({
        code: 'document-not-object',
        severity: 'error',
        message: `A document must be a mapping with apiVersion, kind and metadata, not ${Array.isArray(value) ? 'a list' : 'a single value'}.`,
        at: lines.location(...locate(yaml, base, 'value', base.length)),
        hint: 'Is this file a Kubernetes manifest? Give -f only manifests.',
      });
      return;
    }
    const { kind, items } = value as Record<string, unknown>;
    if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
      for (const [i, item] of items.entries()) unroll(item, yaml, [...base, 'items', i]);
    } else add(value, yaml, base);
  };
  for (const yaml of parseYaml(source.text, lines, diagnostics)) {
    const fatal = yaml.errors.filter((error) => error.code !== 'DUPLICATE_KEY');
    for (const error of yaml.errors) diagnostics.push(yamlDiagnostic(error, 'error', lines));
    for (const warning of yaml.warnings) diagnostics.push(yamlDiagnostic(warning, 'warning', lines));
    if (fatal.length > 0 || yaml.contents === null) continue;
    try {
      unroll(withoutNulls(yaml.toJS({ maxAliasCount })), yaml, []);
    } catch (error) {
      if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error;
      diagnostics.push({
        code: 'yaml-alias',
        severity: 'error',
        message: 'The aliases (*name) of this document cannot be followed.',
        at: lines.location(...locate(yaml, [], 'value', 0)),
        rule: `An alias must name an anchor (&name) before it, must not contain itself, and may expand at most ${maxAliasCount} times.`,
        hint: 'Write the repeated part out.',
      });
    }
  }
  return { documents, diagnostics };
}

function parseYaml(text: string, lines: Lines, diagnostics: Diagnostic[]): readonly YamlDocument[] {
  try {
    const parsed = parseAllDocuments(text, { prettyErrors: false, merge: true, logLevel: 'silent' });
    return Array.isArray(parsed) ? (parsed as YamlDocument[]) : [];
  } catch (error) {
    // The parser recurses: thousands of nested brackets end the stack. Nothing else is known to throw.
    if (!(error instanceof RangeError)) throw error;
    diagnostics.push({
      code: 'yaml-syntax',
      severity: 'error',
      message: 'This file is nested too deeply to be read.',
      at: lines.location(0, 1),
      hint: 'Is it a Kubernetes manifest?',
    });
    return [];
  }
}

function yamlDiagnostic(error: YAMLError, severity: 'error' | 'warning', lines: Lines): Diagnostic {
  const at = lines.location(error.pos[0], error.pos[1]);
  if (error.code === 'DUPLICATE_KEY') {
    const key = at.lineText.slice(at.column - 1).match(/^("[^"]*"|'[^']*'|[^:\s]+)/)?.[0] ?? '';
    return {
      code: 'yaml-duplicate-key',
      severity,
      message: `The key ${key} stands twice in one mapping.`,
      at: { ...at, length: Math.max(1, key.length) },
      rule: 'The keys of a mapping must differ.',
      hint: 'Remove one of the two.',
    };
  }
  const template = at.lineText.includes('{{');
  return {
    code: 'yaml-syntax',
    severity,
    message: `This is not valid YAML: ${error.message.replace(/\.?$/, '.')}`,
    at,
    ...(template ? { hint: 'The line looks like a template: render it first.' } : {}),
  };
}

/** Drops null members in place (an empty `field:` counts as absent); a null list item stays for the schema to refuse. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) for (const item of value) withoutNulls(item);
  else if (typeof value === 'object' && value !== null) {
    const object = value as Record<string, unknown>;
    for (const key in object) {
      const member = object[key];
      if (member === null) delete object[key];
      else if (typeof member === 'object') withoutNulls(member);
    }
  }
  return value;
}
