/** Namespace (core v1): its labels matter to selectors, nothing else. */
import { check } from './check.ts';
import type { Kind } from './kind.ts';
import { envelope, toMetadata } from './metadata.ts';
import { ignored, object } from './shape.ts';

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
