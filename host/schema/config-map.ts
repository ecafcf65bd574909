/** ConfigMap (core v1). Who refers to one says what must be in it. */
import { check } from './words/check.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { ignored, object, textMap } from './words/shape.ts';

const schema = object({
  ...envelope,
  data: textMap().optional(),
  binaryData: ignored(),
  immutable: ignored(),
});

export const configMap: Kind = {
  group: '',
  kind: 'ConfigMap',
  versions: ['v1'],
  clusterScoped: false,
  schema,
  read(document, report) {
    const data = check(schema, document.value, report);
    if (data === undefined) return undefined;
    return {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: toMetadata(data.metadata, false, report),
      spec: { data: new Map(Object.entries(data.data ?? {})) },
      at: document.at,
      order: document.order,
    };
  },
};
