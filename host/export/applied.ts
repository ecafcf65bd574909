/**
 * What is exported, against what is applied (`kubectl get … -o yaml`). An API server adds fields, so each
 * field of ours must be there, and others may be. Routes that were added since, rules that changed places, a
 * policy that was edited: all show here.
 */
import { type KubeObject, LABELS } from './exported.ts';

const title = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.namespace}/${metadata.name}`;

export function differentObjects(
  wanted: readonly KubeObject[],
  applied: readonly KubeObject[],
): readonly string[] {
  const has = new Map(applied.map((one) => [title(one), one]));
  const names = new Set(wanted.map(title));
  const [label, ours] = Object.entries(LABELS)[0]!;
  return [
    ...wanted.flatMap((one) => {
      const found = has.get(title(one));
      if (found === undefined) return [`${title(one)} is missing`];
      const { apiVersion: _, kind: __, metadata: ___, ...body } = one;
      const path = firstDifference(body, found, '');
      return path === undefined ? [] : [`${title(one)} differs at ${path}`];
    }),
    ...applied.flatMap((one) =>
      one.metadata.labels?.[label] === ours && !names.has(title(one))
        ? [`${title(one)} is no longer needed`]
        : [],
    ),
  ];
}

/** Path of the first thing that the other lacks; lists must be equally long. */
function firstDifference(wanted: unknown, has: unknown, path: string): string | undefined {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(has) || has.length !== wanted.length) return path;
    for (const [i, one] of wanted.entries()) {
      const found = firstDifference(one, has[i], `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (typeof wanted !== 'object' || wanted === null) return wanted === has ? undefined : path;
  if (typeof has !== 'object' || has === null || Array.isArray(has)) return path;
  for (const [key, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    const next = path === '' ? key : `${path}.${key}`;
    const found = firstDifference(value, (has as Record<string, unknown>)[key], next);
    if (found !== undefined) return found;
  }
  return undefined;
}
