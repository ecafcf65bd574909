/** ListenerSet (Gateway API v1): more listeners for a Gateway that lets it in. */
import { GATEWAY_GROUP } from '../model/groups.ts';
import type { ListenerSet } from '../model/resources.ts';
import { checkListeners, listenersSchema, toListeners } from './listeners.ts';
import { check } from './words/check.ts';
import { asObject } from './words/findings.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { objectRef } from './words/object-ref.ts';
import { object } from './words/shape.ts';

const schema = object({
  ...envelope,
  spec: object({
    parentRef: objectRef(),
    listeners: listenersSchema,
  }),
});

export const listenerSet: Kind = {
  group: GATEWAY_GROUP,
  kind: 'ListenerSet',
  versions: ['v1'],
  clusterScoped: false,
  schema,
  read(document, report): ListenerSet | undefined {
    checkListeners(asObject(document.value.spec)?.listeners, report);
    const data = check(schema, document.value, report);
    if (data === undefined || report.refused) return undefined;
    const { group: of = GATEWAY_GROUP, kind = 'Gateway', namespace, name } = data.spec.parentRef;
    if (of !== GATEWAY_GROUP || kind !== 'Gateway') {
      report.error(['spec', 'parentRef', kind === 'Gateway' ? 'group' : 'kind'], {
        code: 'value-not-supported',
        message: `parentRef names a ${kind} (${of}): the listeners of the set serve nothing.`,
        value: kind === 'Gateway' ? of : kind,
        rule: `The parent of a ListenerSet is a Gateway (${GATEWAY_GROUP}).`,
        hint: 'Remove group and kind, or write kind: Gateway.',
      });
      return undefined;
    }
    return {
      kind: 'ListenerSet',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: {
        parentRef: { name, ...(namespace === undefined ? {} : { namespace }) },
        listeners: toListeners(data.spec.listeners, report),
      },
      at: document.at,
      order: document.order,
    };
  },
};
