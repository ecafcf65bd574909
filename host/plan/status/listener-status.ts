/** The status of Gateways and ListenerSets and their listeners. */
import { GATEWAY_GROUP } from '../../model/groups.ts';
import type { Gateway } from '../../model/resources.ts';
import type { GatewayContext, ListenerContext, ListenerFault, SetContext } from '../attach/gateways.ts';
import { type Condition, Conditions, type ListenerStatus, type ResourceStatus } from './conditions.ts';
import { gatewayConditions } from './gateway-conditions.ts';

const SENDING = 'Sending translated listener configuration to the data plane';
const INVALID = 'Listener is invalid, see other Conditions for details.';

/** Routes per listener. */
type Attached = ReadonlyMap<ListenerContext, number>;

const listenerStatuses = (listeners: readonly ListenerContext[], attached: Attached): ListenerStatus[] =>
  listeners.map((listener) => {
    const { spec, kinds, fault, remarks, owner } = listener;
    const conditions = listenerConditions(fault, remarks);
    return {
      name: spec.name,
      port: spec.port,
      boundPort: listener.port,
      attachedRoutes: attached.get(listener) ?? 0,
      supportedKinds: kinds.map((kind) => ({ group: GATEWAY_GROUP, kind })),
      conditions: owner.kind === 'Gateway' ? conditions : inSet(conditions, fault, remarks.length === 0),
    };
  });

export function gatewayStatus(
  { resource, own, sets, refusal }: GatewayContext,
  attached: Attached,
  references: Condition | undefined,
): ResourceStatus {
  const all = listenerStatuses(own, attached);
  const attachedSets = sets.filter((set) => set.own.some(({ fault }) => isTaken(fault))).length;
  return {
    kind: 'Gateway',
    namespace: resource.metadata.namespace,
    name: resource.metadata.name,
    conditions: gatewayConditions(all, refusal, isInsecure(resource), references),
    listeners: all,
    ...(attachedSets === 0 ? {} : { attachedListenerSets: attachedSets }),
  };
}

/** As Envoy Gateway (ProcessListenerSets): a set is accepted while one of its listeners is. */
export function setStatus({ resource, own, refusal }: SetContext, attached: Attached): ResourceStatus {
  const { namespace, name } = resource.metadata;
  const conditions = new Conditions();
  if (refusal === undefined) {
    const accepted = own.filter(({ fault }) => isTaken(fault)).length;
    const programmed = own.filter(({ fault }) => fault === undefined).length;
    conditions.set('Accepted', ...amount(accepted, own.length, 'accepted', 'invalid', 'ListenersNotValid'));
    conditions.set(
      'Programmed',
      ...amount(programmed, own.length, 'programmed', 'not programmed', 'Programmed'),
    );
  } else {
    conditions.set('Accepted', 'False', refusal.reason, refusal.message);
    const reason = refusal.reason === 'ParentNotAccepted' ? 'Programmed' : refusal.reason;
    conditions.set('Programmed', 'False', reason, 'Not Programmed');
  }
  return {
    kind: 'ListenerSet',
    namespace,
    name,
    conditions: conditions.list(),
    listeners: listenerStatuses(own, attached),
  };
}

/** @param partly The reason where some are and some are not. */
function amount(
  good: number,
  of: number,
  word: string,
  otherwise: string,
  partly: string,
): ['True' | 'False', string, string] {
  const reason = `${word[0]!.toUpperCase()}${word.slice(1)}`;
  if (good === of) return ['True', reason, `All listeners are ${word}`];
  if (good > 0) return ['True', partly, `Some listeners are ${otherwise}`];
  return ['False', 'ListenersNotValid', `No listeners are ${word}`];
}

/** The condition Accepted of such a listener is True. */
const isTaken = (fault: ListenerFault | undefined): boolean =>
  fault === undefined || (fault.kind === 'certificates' && fault.reason === 'InvalidCertificateRef');

/** What a listener of a set has beyond one of a Gateway, and another word where that says `Invalid`. */
function inSet(
  list: readonly Condition[],
  fault: ListenerFault | undefined,
  isFine: boolean,
): readonly Condition[] {
  const conditions = new Conditions();
  const conflict = fault?.kind === 'conflict' ? fault : undefined;
  for (const { type, status, reason, message } of list) {
    if (conflict !== undefined && type === 'Programmed') {
      const why = conflict.reason ?? 'HostnameConflict';
      for (const each of ['Accepted', 'Programmed']) conditions.set(each, 'False', why, conflict.message);
    } else conditions.set(type, status, reason === 'Invalid' ? 'ListenersNotValid' : reason, message);
  }
  if (fault === undefined && isFine)
    conditions.set('Conflicted', 'False', 'NoConflicts', 'No conflicts detected');
  return conditions.list();
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
