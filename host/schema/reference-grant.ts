/** ReferenceGrant (Gateway API v1beta1): which kinds of other namespaces may refer to what of this one. */
import { GATEWAY_GROUP } from '../model/groups.ts';
import { check } from './words/check.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { group, kindName, labelName, refName } from './words/names.ts';
import { list, object } from './words/shape.ts';

const schema = object({
  ...envelope,
  spec: object({
    from: list(object({ group: group(), kind: kindName(), namespace: labelName() }), 1, 16),
    to: list(object({ group: group(), kind: kindName(), name: refName().optional() }), 1, 16),
  }),
});

export const referenceGrant: Kind = {
  group: GATEWAY_GROUP,
  kind: 'ReferenceGrant',
  versions: ['v1beta1', 'v1'],
  clusterScoped: false,
  schema,
  read(document, report) {
    const data = check(schema, document.value, report);
    if (data === undefined) return undefined;
    return {
      kind: 'ReferenceGrant',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: data.spec,
      at: document.at,
      order: document.order,
    };
  },
};
