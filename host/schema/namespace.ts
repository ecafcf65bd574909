/** Namespace (core v1): its labels matter to selectors, nothing else. */
import { check } from './words/check.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { ignored, object } from './words/shape.ts';

const schema = object({ ...envelope, spec: ignored() });

export const namespace: Kind = {
  group: '',
  kind: 'Namespace',
  versions: ['v1'],
  clusterScoped: true,
  schema,
  read(document, report) {
    const data = check(schema, document.value, report);
    if (data === undefined) return undefined;
    return {
      kind: 'Namespace',
      apiVersion: 'v1',
      metadata: toMetadata(data.metadata, true, report),
      spec: {},
      at: document.at,
      order: document.order,
    };
  },
};
