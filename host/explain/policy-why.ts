/** Which policy holds on a route and what stood behind it, from the plan and the policies' own conditions. */
import type { AncestorRef, ResourceStatus } from '../plan/status/conditions.ts';
import type { Listener, Route } from '../plan/types.ts';
import type { PolicyWhy } from './explanation.ts';

type PolicyStatus = Extract<ResourceStatus, { kind: 'BackendTrafficPolicy' }>;

/** @param targets What a policy (`namespace/name`) targets, in words. */
export function explainPolicy(
  listener: Listener,
  route: Route,
  status: readonly ResourceStatus[],
  targets: ReadonlyMap<string, readonly string[]>,
): PolicyWhy {
  const holder = route.policy;
  const policies = status.filter((s): s is PolicyStatus => s.kind === 'BackendTrafficPolicy');
  const here = ({ kind, namespace, name, sectionName }: AncestorRef): boolean =>
    kind === 'Gateway' &&
    namespace === listener.from.namespace &&
    name === listener.from.name &&
    (sectionName === undefined || listener.name.endsWith(`/${sectionName}`));
  const targeted = holder === undefined ? [] : (targets.get(`${holder.namespace}/${holder.name}`) ?? []);
  const why: string[] = targeted.length === 0 ? [] : [`it targets ${targeted.join(', ')}`];
  for (const policy of policies) {
    const holds = policy.namespace === holder?.namespace && policy.name === holder.name;
    for (const { ancestorRef, conditions } of policy.ancestors) {
      if (!here(ancestorRef)) continue;
      for (const { type, status: state, message } of conditions) {
        const matters = holds
          ? type === 'Merged' && state === 'True'
          : (type === 'Overridden' && state === 'True' && names(message, listener, route)) ||
            (type === 'Accepted' && state === 'False');
        if (matters) why.push(`${holds ? '' : `not ${policy.namespace}/${policy.name}: `}${message}`);
      }
    }
  }
  if (holder === undefined) why.unshift('no BackendTrafficPolicy holds here: least request, the default');
  return { holds: holder, why: [...new Set(why)] };
}

/** A condition lists the listeners, routes or rules that it is about. */
function names(message: string, listener: Listener, { from }: Route): boolean {
  const listed = [...message.matchAll(/\[([^\]]*)\]/g)].flatMap(([, list]) => list!.split(' '));
  return (
    listed.includes(`${from.namespace}/${from.name}`) ||
    listed.includes(listener.name) ||
    message.includes('route rules')
  );
}
