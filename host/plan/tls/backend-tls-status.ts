/**
 * The conditions of BackendTLSPolicies: under every parent of the routes that send to what they target, in
 * Envoy Gateway's words and order.
 */
import { addTo, memo } from '../../basics/collections.ts';
import { GATEWAY_GROUP } from '../../model/groups.ts';
import type { AnyRoute, BackendObjectRef, BackendTLSPolicy } from '../../model/resources.ts';
import type { RouteContext } from '../attach/attach-routes.ts';
import { keyOf } from '../from.ts';
import { Ancestors, type Conditions, type ResourceStatus, sentence } from '../status/conditions.ts';
import type { BackendPolicies } from './backend-policies.ts';
import type { BackendTlsReader } from './backend-tls-reader.ts';

export function backendTlsStatus(
  policies: readonly BackendTLSPolicy[],
  routes: readonly RouteContext[],
  { of, rival }: BackendPolicies,
  reader: BackendTlsReader,
): ResourceStatus[] {
  if (policies.length === 0) return [];
  const users = new Map<BackendTLSPolicy, { readonly route: RouteContext; readonly closed?: string }[]>();
  for (const route of routes) {
    for (const ref of referencesOf(route.route)) {
      const { policy, closed } = of(ref, ref.namespace ?? route.route.metadata.namespace);
      if (policy !== undefined) addTo(users, policy, { route, closed });
    }
  }
  const ancestorsOf = memo((policy: BackendTLSPolicy) => {
    const ancestors = new Ancestors();
    const holder = rival(policy);
    for (const { route, closed } of [
      ...(users.get(policy) ?? []),
      ...((holder && users.get(holder)) ?? []),
    ]) {
      for (const { ref, owner, gateway } of route.parents) {
        const { namespace, name } = owner.metadata;
        const { sectionName } = ref;
        const conditions = ancestors.of(
          { group: GATEWAY_GROUP, kind: owner.kind, namespace, name, sectionName },
          gateway.controllerName,
        );
        if (holder === undefined) judge(conditions, reader.fault(policy), closed);
        else {
          const message = `Policy conflicts with BackendTLSPolicy ${keyOf(holder)}.`;
          conditions.set('Accepted', 'False', 'Conflicted', message);
        }
      }
    }
    return ancestors.list();
  });
  return policies.map((policy) => ({
    kind: 'BackendTLSPolicy',
    namespace: policy.metadata.namespace,
    name: policy.metadata.name,
    ancestors: ancestorsOf(policy),
  }));
}

function judge(
  conditions: Conditions,
  fault: ReturnType<BackendTlsReader['fault']>,
  closed: string | undefined,
): void {
  if (fault !== undefined) {
    const message = sentence(fault.message);
    conditions.set('Accepted', 'False', 'NoValidCACertificate', message);
    conditions.set('ResolvedRefs', 'False', fault.reason, message);
    return;
  }
  conditions.set('ResolvedRefs', 'True', 'ResolvedRefs', 'Resolved all the Object references.');
  if (closed !== undefined) conditions.set('Accepted', 'False', 'TargetNotFound', sentence(closed));
  else if (!conditions.has('Accepted', 'False'))
    conditions.set('Accepted', 'True', 'Accepted', 'Policy has been accepted.');
}

/** Those that may be sent to; Envoy Gateway leaves out what has the weight 0. */
function referencesOf({ spec }: AnyRoute): BackendObjectRef[] {
  return spec.rules.flatMap(({ backendRefs, filters }) => [
    ...backendRefs.filter(({ weight }) => weight > 0),
    ...filters.flatMap((f) => (f.type === 'RequestMirror' ? [f.requestMirror.backendRef] : [])),
  ]);
}
