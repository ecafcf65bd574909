/** The status of Gateways and routes, from what attaching and reading them found. */

import { compareText } from '../../basics/text.ts';
import { GATEWAY_GROUP } from '../../model/groups.ts';
import type { Gateway } from '../../model/resources.ts';
import type { GatewayContext, ListenerContext, ListenerFault } from '../attach/gateways.ts';
import type { Parent, RouteContext } from '../attach/routes.ts';
import type { RouteError } from '../routes/rule-filters.ts';
import type { RuleSet } from '../routes/rules.ts';
import {
  type Condition,
  Conditions,
  joinErrors,
  type ListenerStatus,
  type ResourceStatus,
  sentence,
} from './conditions.ts';
import { gatewayConditions } from './gateway-conditions.ts';

const SENDING = 'Sending translated listener configuration to the data plane';
const INVALID = 'Listener is invalid, see other Conditions for details.';

/** `attached`: routes per listener. */
export function gatewayStatus(
  { resource, listeners, refusal }: GatewayContext,
  attached: ReadonlyMap<ListenerContext, number>,
): ResourceStatus {
  const all = listeners.map((listener): ListenerStatus => {
    const { spec, kinds, fault, remarks } = listener;
    return {
      name: spec.name,
      port: spec.port,
      boundPort: listener.port,
      attachedRoutes: attached.get(listener) ?? 0,
      supportedKinds: kinds.map((kind) => ({ group: GATEWAY_GROUP, kind })),
      conditions: listenerConditions(fault, remarks),
    };
  });
  return {
    kind: 'Gateway',
    namespace: resource.metadata.namespace,
    name: resource.metadata.name,
    conditions: gatewayConditions(all, refusal, isInsecure(resource)),
    listeners: all,
  };
}

/** Clients are let in whose certificate is not verified. */
const isInsecure = ({ spec: { frontend } }: Gateway): boolean =>
  [frontend?.default, ...(frontend?.perPort ?? []).map(({ validation }) => validation)].some(
    (one) => one?.mode === 'AllowInsecureFallback',
  );

function listenerConditions(
  fault: ListenerFault | undefined,
  remarks: readonly Condition[],
): readonly Condition[] {
  const conditions = new Conditions();
  switch (fault?.kind) {
    case undefined:
      for (const { type, status, reason, message } of remarks) conditions.set(type, status, reason, message);
      conditions.set('Programmed', 'True', 'Programmed', SENDING);
      conditions.set('Accepted', 'True', 'Accepted', 'Listener has been successfully translated');
      break;
    case 'conflict':
      conditions.set('Conflicted', 'True', fault!.reason ?? 'HostnameConflict', fault!.message);
      conditions.set('Programmed', 'False', 'Invalid', INVALID);
      break;
    case 'kinds':
      conditions.set('ResolvedRefs', 'False', 'InvalidRouteKinds', fault!.message);
      conditions.set('Programmed', 'False', 'Invalid', INVALID);
      break;
    case 'certificates':
      conditions.set('ResolvedRefs', 'False', fault!.reason ?? 'InvalidCertificateRef', fault!.message);
      // Envoy Gateway accepts the listener itself where its certificate is wrong, not where it may not be
      // used.
      if (fault!.reason === 'InvalidCertificateRef')
        conditions.set('Accepted', 'True', 'Accepted', 'Listener has been successfully translated');
      conditions.set('Programmed', 'False', 'Invalid', INVALID);
      break;
    case 'client-certificates':
      conditions.set('ResolvedRefs', 'False', fault!.reason!, fault!.message);
      conditions.set('Programmed', 'False', fault!.reason!, fault!.message);
      conditions.set('Accepted', 'False', 'NoValidCACertificate', fault!.message);
      break;
    case 'gateway':
      conditions.set('Accepted', 'False', 'Invalid', fault!.message);
      conditions.set('Programmed', 'False', 'Invalid', INVALID);
      break;
    case 'tls':
      conditions.set('Programmed', 'False', 'Invalid', fault!.message);
      break;
    case 'protocol':
      conditions.set('Accepted', 'False', 'UnsupportedProtocol', fault!.message);
      conditions.set('Programmed', 'False', 'Invalid', INVALID);
  }
  if (!conditions.has('ResolvedRefs'))
    conditions.set('ResolvedRefs', 'True', 'ResolvedRefs', 'Listener references have been resolved');
  return conditions.list();
}

/** `overlapsOn`: names of routes with equal matches, by listener. */
export function routeStatus(
  { route, parents, key }: RouteContext,
  rules: RuleSet,
  overlapsOn: ReadonlyMap<ListenerContext, ReadonlyMap<string, ReadonlySet<string>>>,
): ResourceStatus {
  return {
    kind: route.kind,
    namespace: route.metadata.namespace,
    name: route.metadata.name,
    parents: parents.map((parent) => ({
      parentRef: parent.ref,
      controllerName: parent.gateway.controllerName,
      conditions: parentConditions(
        parent,
        rules,
        route.spec.rules.length,
        overlapNames(parent, key, overlapsOn),
      ),
    })),
  };
}

function parentConditions(
  { refusal }: Parent,
  { errors, dropped }: RuleSet,
  ruleCount: number,
  overlaps: readonly string[],
) {
  const conditions = new Conditions();
  if (refusal === undefined) conditions.set('Accepted', 'True', 'Accepted', 'Route is accepted');
  else conditions.set('Accepted', 'False', refusal.reason, refusal.message);
  const unaccepted = errors.filter((e) => e.condition === 'Accepted');
  if (unaccepted.length > 0) {
    const message = sentence(joinErrors(unaccepted.map((e) => e.message)));
    if (dropped.length === ruleCount) conditions.set('Accepted', 'False', reasonOf(unaccepted), message);
    else {
      const list = `Dropped Rule(s) [${dropped.join(' ')}]: ${message}`;
      conditions.set('PartiallyInvalid', 'True', reasonOf(unaccepted), list);
    }
  }
  for (const type of ['ResolvedRefs', 'BackendsAvailable'] as const) {
    const own = errors.filter((e) => e.condition === type);
    if (own.length > 0)
      conditions.set(type, 'False', reasonOf(own), sentence(joinErrors(own.map((e) => e.message))));
  }
  if (!conditions.has('ResolvedRefs')) {
    conditions.set(
      'ResolvedRefs',
      'True',
      'ResolvedRefs',
      'Resolved all the Object references for the Route',
    );
  }
  if (overlaps.length > 0) {
    const list = `Overlapping match conditions with route(s): ${overlaps.join(', ')}`;
    conditions.set('RouteRulesOverlap', 'True', 'RouteRulesOverlap', list);
  }
  return conditions.list();
}

const reasonOf = (errors: readonly RouteError[]): string =>
  [...new Set(errors.map((e) => e.reason))].sort(compareText).join(',');

function overlapNames(
  parent: Parent,
  key: string,
  overlapsOn: ReadonlyMap<ListenerContext, ReadonlyMap<string, ReadonlySet<string>>>,
): string[] {
  const names = new Set<string>();
  for (const { listener } of parent.listeners) {
    for (const name of overlapsOn.get(listener)?.get(key) ?? []) names.add(name);
  }
  return [...names].sort(compareText);
}
