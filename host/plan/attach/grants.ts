/**
 * ReferenceGrant (Gateway API): which namespaces may refer to another one. Indexed once, looked up for each
 * reference.
 */
import type { ReferenceGrant } from '../../model/resources.ts';

export interface Reference {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}
export type Permits = (from: Reference, to: Reference & { readonly name: string }) => boolean;

const ANY_NAME = '';
const keyOf = (from: Reference, to: Reference, name: string): string =>
  [from.namespace, from.group, from.kind, to.namespace, to.group, to.kind, name].join('|');

/** True within one namespace; across namespaces when a grant in the target's namespace says so. */
export function indexGrants(grants: readonly ReferenceGrant[]): Permits {
  const allowed = new Set<string>();
  for (const grant of grants) {
    const { namespace } = grant.metadata;
    for (const from of grant.spec.from) {
      for (const to of grant.spec.to) allowed.add(keyOf(from, { ...to, namespace }, to.name ?? ANY_NAME));
    }
  }
  return (from, to) =>
    from.namespace === to.namespace ||
    allowed.has(keyOf(from, to, ANY_NAME)) ||
    allowed.has(keyOf(from, to, to.name));
}
