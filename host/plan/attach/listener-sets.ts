/**
 * Which ListenerSets a Gateway lets in (Gateway API, Gateway.spec.allowedListeners): by default none. One
 * that is not let in serves nothing.
 */
import { addTo } from '../../basics/collections.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Gateway, ListenerSet, Model } from '../../model/resources.ts';
import { about, byAge, keyOf, label } from '../from.ts';
import type { GatewayRefusal } from '../status/gateway-conditions.ts';
import { matchesLabels, namespaceLabels } from './selectors.ts';

export interface AttachedSet {
  readonly resource: ListenerSet;
  /** Nothing of it is served. */
  readonly refusal?: GatewayRefusal;
}

/** By the key of the Gateway, in order of precedence. */
export function setsByGateway(
  model: Model,
  refused: ReadonlyMap<Gateway, GatewayRefusal>,
  diagnostics: Diagnostic[],
): ReadonlyMap<string, readonly AttachedSet[]> {
  const found = new Map<string, AttachedSet[]>();
  if (model.listenerSets.length === 0) return found;
  const gateways = new Map(model.gateways.map((gateway) => [keyOf(gateway), gateway]));
  const labelsOf = namespaceLabels(model.namespaces);
  const letsIn = ({ metadata, spec }: Gateway, namespace: string): boolean => {
    const { from, selector } = spec.allowedListeners ?? { from: 'None' };
    if (from === 'All') return true;
    if (from === 'Same') return namespace === metadata.namespace;
    return from === 'Selector' && selector !== undefined && matchesLabels(selector, labelsOf(namespace));
  };
  for (const resource of [...model.listenerSets].sort(byAge)) {
    const { namespace = resource.metadata.namespace, name } = resource.spec.parentRef;
    const gateway = gateways.get(`${namespace}/${name}`);
    if (gateway === undefined) diagnostics.push(withoutGateway(resource, namespace, name));
    else addTo(found, keyOf(gateway), { resource, ...refusalOf(resource, gateway) });
  }
  return found;

  function refusalOf(set: ListenerSet, gateway: Gateway): Pick<AttachedSet, 'refusal'> {
    const title = `Gateway ${keyOf(gateway)}`;
    if (refused.has(gateway))
      return { refusal: { reason: 'ParentNotAccepted', message: `Parent ${title} not accepted` } };
    const { namespace } = set.metadata;
    if (letsIn(gateway, namespace)) return {};
    const message = `ListenerSet attachment from namespace ${namespace} not allowed by ${title}`;
    diagnostics.push(
      about(set, ['spec', 'parentRef', 'name'], 'error', 'parent-refused', `${message}.`, {
        value: set.spec.parentRef.name,
        rule: `allowedListeners of ${label(gateway)} says whose ListenerSets it lets in: ${gateway.spec.allowedListeners?.from ?? 'None'}.`,
        hint: 'Set spec.allowedListeners.namespaces.from of the Gateway to Same, Selector or All.',
        notes: [{ message: 'The Gateway is here.', at: gateway.at('metadata', 'name') }],
      }),
    );
    return { refusal: { reason: 'NotAllowed', message } };
  }
}

const withoutGateway = (set: ListenerSet, namespace: string, name: string): Diagnostic =>
  about(
    set,
    ['spec', 'parentRef', 'name'],
    'warning',
    'parent-unknown',
    `Gateway ${namespace}/${name} does not exist in the input, so the set's listeners serve nothing.`,
    {
      value: name,
      hint: 'Add that Gateway, or name one that exists; another namespace needs parentRef.namespace.',
      missing: { kind: 'Gateway', namespace, name },
    },
  );
