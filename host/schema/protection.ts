/**
 * A policy that is not translated and must not be left out → its targets. It is read loosely: its own fields
 * mean nothing here.
 */
import type { Document } from '../manifests/documents.ts';
import type { PolicyTargetSelector, Protection, ProtectionRef } from '../model/resources.ts';
import type { OtherKind } from './other-kinds.ts';
import { asList, asObject } from './words/findings.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Undefined when it restricts nothing, or nothing that it names. */
export function protection(other: OtherKind, document: Document): Protection | undefined {
  const spec = asObject(document.value.spec) ?? {};
  const open = other.open?.(spec);
  if (other.open === undefined || open === undefined) return undefined;
  const one = asObject(spec.targetRef);
  const targetRefs = [...(one === undefined ? [] : [one]), ...asList(spec.targetRefs)].flatMap(toRef);
  const targetSelectors = asList(spec.targetSelectors).flatMap(toSelector);
  if (targetRefs.length + targetSelectors.length === 0) return undefined;
  const { name, namespace } = asObject(document.value.metadata) ?? {};
  return {
    protects: true,
    kind: other.kind,
    apiVersion: String(document.value.apiVersion),
    metadata: {
      name: textOr(name, '?'),
      namespace: textOr(namespace, 'default'),
      labels: {},
      annotations: {},
    },
    spec: { open, targetRefs, targetSelectors },
    at: document.at,
    order: document.order,
  };
}

const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
const optional = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function toRef(raw: unknown): ProtectionRef[] {
  const { kind, name, namespace, sectionName } = asObject(raw) ?? {};
  if (typeof kind !== 'string' || typeof name !== 'string') return [];
  return [{ kind, name, namespace: optional(namespace), sectionName: optional(sectionName) }];
}

function toSelector(raw: unknown): PolicyTargetSelector[] {
  const { group, kind, namespaces, ...labels } = asObject(raw) ?? {};
  if (typeof kind !== 'string') return [];
  const { from, selector } = asObject(namespaces) ?? {};
  const where = from === 'All' || from === 'Selector' ? from : 'Same';
  return [
    {
      group: textOr(group, ''),
      kind,
      namespaces: { from: where, selector: labelsOf(asObject(selector) ?? {}) },
      ...labelsOf(labels),
    },
  ];
}

/** What cannot be read is left out, which selects more: in doubt it is closed. */
function labelsOf({ matchLabels, matchExpressions }: Fields) {
  const labels = Object.entries(asObject(matchLabels) ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
  const expressions = asList(matchExpressions).flatMap((raw) => {
    const { key, operator, values } = asObject(raw) ?? {};
    const known = operators.find((one) => one === operator);
    return typeof key === 'string' && known !== undefined
      ? [{ key, operator: known, values: asList(values).map(String) }]
      : [];
  });
  return { matchLabels: Object.fromEntries(labels), matchExpressions: expressions };
}
