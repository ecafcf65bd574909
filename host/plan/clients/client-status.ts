/**
 * The status of ClientTrafficPolicies under each of their Gateways and ListenerSets, in the words and the
 * order of Envoy Gateway (ProcessClientTrafficPolicies): first those that name a listener, then those for a
 * ListenerSet, then those for a Gateway.
 */
import { memo } from '../../basics/collections.ts';
import { compareText } from '../../basics/text.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { GATEWAY_GROUP } from '../../model/groups.ts';
import type { ClientTrafficPolicy } from '../../model/resources.ts';
import { type GatewayContext, ownerKey, parentsIn } from '../attach/gateways.ts';
import { byAge } from '../from.ts';
import type { Hint } from '../hints.ts';
import { type Attachment, scopeKey } from '../policies/claims.ts';
import { conflict, unknownSection, unknownTargets } from '../policies/policy-diagnostics.ts';
import {
  Ancestors,
  type Conditions,
  joinErrors,
  type ResourceStatus,
  sentence,
} from '../status/conditions.ts';
import type { ClientsOfListeners } from './client-policies.ts';

/** Diagnostics: unknown targets and sections, conflicts. */
export function clientStatuses(
  policies: readonly ClientTrafficPolicy[],
  attachments: readonly Attachment<ClientTrafficPolicy>[],
  gateways: readonly GatewayContext[],
  clients: ClientsOfListeners,
  hint: Hint,
  diagnostics: Diagnostic[],
): ResourceStatus[] {
  const parents = new Map(parentsIn(gateways).map((one) => [ownerKey(one.resource), one]));
  const unknown = unknownTargets(
    [...parents.values()].map(({ resource }) => resource),
    hint,
  );
  const ancestorsOf = memo((_: ClientTrafficPolicy) => new Ancestors());

  const judge = ({ policy, target, outcome }: Attachment<ClientTrafficPolicy>): void => {
    const { kind, resource, namespace, name, sectionName } = target;
    const parent = parents.get(resource);
    if (parent === undefined || outcome.kind === 'no-target') {
      diagnostics.push(unknown(policy, target));
      return;
    }
    const { gateway } = parent;
    const ref = { group: GATEWAY_GROUP, kind, namespace, name, sectionName };
    const conditions = ancestorsOf(policy).of(ref, gateway.controllerName);
    switch (outcome.kind) {
      case 'no-section': {
        const message = `No section name ${sectionName} found for ${kind} ${namespace}/${name}`;
        conditions.set('Accepted', 'False', 'TargetNotFound', message);
        diagnostics.push(unknownSection(policy, target, message, outcome.sections, hint));
        return;
      }
      case 'taken': {
        const what = sectionName === undefined ? kind : 'section of';
        const message = `Unable to target ${what} ${name}, another ClientTrafficPolicy has already attached to it`;
        conditions.set('Accepted', 'False', 'Conflicted', message);
        diagnostics.push(conflict(policy, target, message, outcome.by, 0));
        return;
      }
    }
    const scope = scopeKey(resource, sectionName);
    const below = kind === 'Gateway' ? gateway.listeners : parent.listeners;
    const overriding = below.filter((listener) => (clients.scopeOf(listener) ?? scope) !== scope);
    if (sectionName === undefined && overriding.length > 0) {
      const names = overriding
        .map(({ spec }) => spec.name)
        .sort(compareText)
        .join(' ');
      const message = `There are existing ClientTrafficPolicies that are overriding these sections [${names}]`;
      conditions.set('Overridden', 'True', 'Overridden', message);
    }
    const own = below.filter(
      (listener) => listener.fault === undefined && clients.scopeOf(listener) === scope,
    );
    accept(conditions, policy, [...new Set(own.flatMap(clients.faultsOf).map(({ status }) => status))]);
  };

  const passOf = ({ target: { kind, sectionName } }: Attachment<ClientTrafficPolicy>): number =>
    sectionName !== undefined ? 0 : kind === 'ListenerSet' ? 1 : 2;
  for (const pass of [0, 1, 2])
    for (const attachment of attachments) if (passOf(attachment) === pass) judge(attachment);
  return [...policies].sort(byAge).map((policy) => ({
    kind: 'ClientTrafficPolicy',
    namespace: policy.metadata.namespace,
    name: policy.metadata.name,
    ancestors: ancestorsOf(policy).list(),
  }));
}

function accept(conditions: Conditions, { spec }: ClientTrafficPolicy, faults: readonly string[]): void {
  if (faults.length > 0) conditions.set('Accepted', 'False', 'Invalid', sentence(joinErrors(faults)));
  else conditions.set('Accepted', 'True', 'Accepted', 'Policy has been accepted.');
  const old = [...spec.deprecated].sort((a, b) => compareText(a.field, b.field));
  const words = old.map(({ field, instead }) => `${field} is deprecated, use ${instead} instead`);
  if (words.length > 0) conditions.set('Warning', 'True', 'DeprecatedField', words.join('; '));
}
