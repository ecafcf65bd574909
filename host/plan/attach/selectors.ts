/** Kubernetes label selectors, and the labels of namespaces. */
import type { LabelSelector, Namespace } from '../../model/resources.ts';

type Labels = Readonly<Record<string, string>>;

/** An empty selector matches everything (apimachinery, "LabelSelector"). */
export function matchesLabels(selector: LabelSelector, labels: Labels): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels)) {
    if (!Object.hasOwn(labels, key) || labels[key] !== value) return false;
  }
  return selector.matchExpressions.every((expression) => matchesExpression(expression, labels));
}

function matchesExpression(
  { key, operator, values }: LabelSelector['matchExpressions'][number],
  labels: Labels,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/**
 * Labels of a namespace by name. Every namespace has its name as a label, also one that no manifest
 * describes.
 */
export function namespaceLabels(namespaces: readonly Namespace[]): (name: string) => Labels {
  const known = new Map<string, Labels>();
  for (const { metadata } of namespaces) {
    known.set(metadata.name, { 'kubernetes.io/metadata.name': metadata.name, ...metadata.labels });
  }
  return (name) => known.get(name) ?? { 'kubernetes.io/metadata.name': name };
}
