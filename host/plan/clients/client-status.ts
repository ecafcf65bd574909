/**
 * The status of ClientTrafficPolicies under each of their Gateways, in the words and the order of Envoy
 * Gateway (ProcessClientTrafficPolicies): first those that name a listener, then those for a whole Gateway.
 */
import { memo } from '../../basics/collections.ts';
import { compareText } from '../../basics/text.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { GATEWAY_GROUP } from '../../model/groups.ts';
import type { ClientTrafficPolicy } from '../../model/resources.ts';
import type { GatewayContext } from '../attach/gateways.ts';
import { byAge } from '../from.ts';
import type { Hint } from '../hints.ts';
import type { Attachment } from '../policies/claims.ts';
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
  const gatewayOf = new Map(gateways.map((gateway) => [gateway.key, gateway]));
  const unknown = unknownTargets(
    gateways.map(({ resource }) => resource),
    hint,
  );
  const ancestorsOf = memo((_: ClientTrafficPolicy) => new Ancestors());
  const claimed = new Map<GatewayContext, string[]>();

  const judge = ({ policy, target, outcome }: Attachment<ClientTrafficPolicy>): void => {
    const { namespace, name, sectionName } = target;
    const gateway = gatewayOf.get(`${namespace}/${name}`);
    if (gateway === undefined || outcome.kind === 'no-target') {
      diagnostics.push(unknown(policy, target));
      return;
    }
    const ref = { group: GATEWAY_GROUP, kind: 'Gateway', namespace, name, sectionName };
    const conditions = ancestorsOf(policy).of(ref, gateway.controllerName);
    switch (outcome.kind) {
      case 'no-section': {
        const message = `No section name ${sectionName} found for Gateway ${namespace}/${name}`;
        conditions.set('Accepted', 'False', 'TargetNotFound', message);
        diagnostics.push(unknownSection(policy, target, message, outcome.sections, hint));
        return;
      }
      case 'taken': {
        const what = sectionName === undefined ? 'Gateway' : 'section of';
        const message = `Unable to target ${what} ${name}, another ClientTrafficPolicy has already attached to it`;
        conditions.set('Accepted', 'False', 'Conflicted', message);
        diagnostics.push(conflict(policy, target, message, outcome.by, 0));
        return;
      }
    }
    const sections = claimed.get(gateway) ?? [];
    if (sectionName !== undefined) claimed.set(gateway, [...sections, sectionName]);
    else if (sections.length > 0) {
      const names = [...sections].sort(compareText).join(' ');
      const message = `There are existing ClientTrafficPolicies that are overriding these sections [${names}]`;
      conditions.set('Overridden', 'True', 'Overridden', message);
    }
    const own = gateway.listeners.filter(({ spec, fault }) =>
      sectionName === undefined
        ? fault === undefined && !sections.includes(spec.name)
        : fault === undefined && spec.name === sectionName,
    );
    accept(conditions, policy, [...new Set(own.flatMap(clients.faultsOf).map(({ status }) => status))]);
  };

  for (const bySection of [true, false])
    for (const attachment of attachments)
      if ((attachment.target.sectionName !== undefined) === bySection) judge(attachment);
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
