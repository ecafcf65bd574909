/** Why a route is not attached where it wants to be, and what to do about it. */
import { groupBy, memo } from '../../basics/collections.ts';
import type { Path } from '../../basics/path.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { SERVED_PROTOCOLS } from '../../model/groups.ts';
import type { AnyRoute, ParentRef } from '../../model/resources.ts';
import { about, keyOf, label } from '../from.ts';
import type { Hint } from '../hints.ts';
import { sentence } from '../status/conditions.ts';
import { type GatewayContext, type ListenerContext, type ParentContext, parentsIn } from './gateways.ts';

export const namedBy = (ref: ParentRef, { listeners }: ParentContext): readonly ListenerContext[] =>
  listeners.filter(
    ({ spec }) =>
      (ref.sectionName === undefined || ref.sectionName === spec.name) &&
      (ref.port === undefined || ref.port === spec.port),
  );

interface ParentMessages {
  /** There is no such parent. */
  unknown(route: AnyRoute, index: number, kind: string, namespace: string): Diagnostic;
  refused(
    route: AnyRoute,
    path: Path,
    refusal: { readonly reason: string; readonly message: string },
    parent: ParentContext,
    ref: ParentRef,
  ): Diagnostic;
}

export function parentMessages(gateways: readonly GatewayContext[], hint: Hint): ParentMessages {
  const known = memo((kind: string) => {
    const all = parentsIn(gateways).filter(({ resource }) => resource.kind === kind);
    return {
      keys: all.map(({ key }) => key),
      byName: groupBy(all, ({ resource }) => resource.metadata.name),
    };
  });
  const outside = memo((_: 'ListenerSet') => {
    const refused = gateways.flatMap(({ sets }) => sets).filter(({ refusal }) => refusal !== undefined);
    return new Set(refused.map(({ resource }) => keyOf(resource)));
  });
  return {
    unknown(route, index, kind, namespace) {
      const { name } = route.spec.parentRefs[index]!;
      const key = `${namespace}/${name}`;
      const at = ['spec', 'parentRefs', index, 'name'];
      if (kind === 'ListenerSet' && outside(kind).has(key)) {
        const message = `ListenerSet ${key} is not let in by its Gateway, so the route is not served there.`;
        const hint = 'See allowedListeners of the Gateway.';
        return about(route, at, 'warning', 'parent-unknown', message, { value: name, hint });
      }
      const { keys, byName } = known(kind);
      const elsewhere = byName.get(name)?.[0];
      const otherwise =
        keys.length === 1 ? `The only ${kind} is ${keys[0]}.` : `Add that ${kind}, or name one that exists.`;
      const message = `${kind} ${key} does not exist in the input, so the route is not served there.`;
      return about(route, at, 'warning', 'parent-unknown', message, {
        value: name,
        hint:
          elsewhere === undefined
            ? hint(key, () => keys, otherwise)
            : `${kind} ${elsewhere.key} exists: set the parentRef's namespace to ${elsewhere.resource.metadata.namespace}.`,
        missing: { kind, namespace, name },
      });
    },
    refused(route, path, { reason, message }, parent, ref) {
      const field = wrongField(reason, ref, parent);
      const text = `Not accepted by ${label(parent.resource)}: ${sentence(message)}`;
      return about(route, [...path, field], 'error', 'parent-refused', text, {
        value: ref[field],
        hint: hintFor(route, reason, ref, parent, hint),
      });
    },
  };
}

/** The named listener has another protocol, or all listeners have. */
function notServed({ sectionName, port }: ParentRef, { key, listeners }: ParentContext): string | undefined {
  if (listeners.every(({ fault }) => fault?.kind === 'protocol'))
    return `No listener of ${key} has a protocol that Loadstar translates (${SERVED_PROTOCOLS.join(', ')}): add one.`;
  const meant = listeners.find(({ spec }) => spec.name === sectionName || spec.port === port);
  if (meant?.fault?.kind !== 'protocol') return undefined;
  return `The listener ${meant.spec.name} has the protocol ${meant.spec.protocol}, which Loadstar does not translate.`;
}

/**
 * The field that keeps a reference from a listener: the port where the section is right, or where there is
 * none.
 */
function wrongField(
  reason: string,
  ref: ParentRef,
  { listeners }: ParentContext,
): 'name' | 'sectionName' | 'port' {
  const known = ref.sectionName === undefined || listeners.some(({ spec }) => spec.name === ref.sectionName);
  if (reason === 'NoMatchingParent' && ref.port !== undefined && known) return 'port';
  return ref.sectionName === undefined ? 'name' : 'sectionName';
}

/** What the listeners take instead. */
const kindsOf = (listeners: readonly ListenerContext[]): string =>
  listeners
    .map(
      ({ spec, kinds }) =>
        `The listener ${spec.name} (${spec.protocol}) takes ${kinds.length === 0 ? 'no route' : kinds.join(' and ')}.`,
    )
    .join(' ');

/** Of the listeners that the route asks for. */
const hostnamesOf = (listeners: readonly ListenerContext[]): string =>
  listeners
    .map(({ spec }) => `The listener ${spec.name} is for ${spec.hostname ?? 'any host name'}.`)
    .join(' ');

function hintFor(route: AnyRoute, reason: string, ref: ParentRef, parent: ParentContext, hint: Hint): string {
  const notHttp = reason === 'NoMatchingListenerHostname' ? undefined : notServed(ref, parent);
  if (notHttp !== undefined) return notHttp;
  const named = namedBy(ref, parent);
  const names = parent.listeners.filter((l) => l.fault?.kind !== 'protocol').map((l) => l.spec.name);
  switch (reason) {
    case 'NoMatchingParent':
      if (wrongField(reason, ref, parent) === 'port') return portsOf(ref, parent);
      return hint(
        ref.sectionName ?? '',
        () => names,
        `Listeners of ${parent.key}: ${names.join(', ')}${ref.port === undefined ? '' : ` (port ${ref.port} asked for)`}.`,
      );
    case 'NotAllowedByListeners':
      if (named.length > 0 && named.every(({ kinds }) => !kinds.includes(route.kind))) return kindsOf(named);
      return `See allowedRoutes of the listener: by default only routes of the ${parent.resource.kind}’s own namespace are let in.`;
    default:
      return hostnamesOf(named);
  }
}

function portsOf({ sectionName }: ParentRef, { key, listeners }: ParentContext): string {
  const meant = listeners.find(({ spec }) => spec.name === sectionName);
  if (meant !== undefined) return `The listener ${meant.spec.name} of ${key} has port ${meant.spec.port}.`;
  return `Ports of ${key}: ${listeners.map(({ spec }) => `${spec.port} (${spec.name})`).join(', ')}.`;
}
