/** One policy to one route or rule of it, on every Gateway that the route is attached to; merged there where it says mergeType. */
import type { BackendTrafficPolicy } from '../../model/resources.ts';
import type { RouteContext } from '../attach/parents.ts';
import { compareText, keyOf } from '../from.ts';
import type { Conditions } from '../status/conditions.ts';
import { type Attaching, accept, claim, refuse } from './claiming.ts';
import { aboveRoute, isInvalid } from './effective.ts';
import { badMerge } from './messages.ts';
import { gatewayScope, listenerScope, type Scope } from './scopes.ts';
import type { Target } from './targets.ts';

export function toRoute(attaching: Attaching, policy: BackendTrafficPolicy, target: Target): void {
  const { kind, namespace, name, sectionName } = target;
  const key = `${kind}/${namespace}/${name}`;
  const route = attaching.routes.get(key);
  if (route === undefined) {
    attaching.unknownTarget(policy, target);
    return;
  }
  const scope: Scope = { kind: 'route', name: `${namespace}/${name}`, routeKind: kind };
  putBelow(attaching, route, scope);
  // Not before they are set: ancestors stand in the order in which something was said about them.
  const conditions = (): Conditions[] =>
    route.parents.map(({ gateway, ref }) => attaching.conditionsUnder(policy, gateway, ref.sectionName));

  if (sectionName !== undefined) {
    const names = route.route.spec.rules.flatMap((r) => (r.name === undefined ? [] : [r.name]));
    if (!names.includes(sectionName)) {
      attaching.noSection(policy, target, conditions(), `${kind} ${namespace}/${name}`, names);
      return;
    }
  }
  const claims = sectionName === undefined ? attaching.claims.routes : attaching.claims.rules;
  const holder = claim(claims, sectionName === undefined ? key : `${key}#${sectionName}`, policy);
  if (holder !== policy) {
    const what = sectionName === undefined ? `${kind} ${name}` : `RouteRule ${name}/${sectionName}`;
    attaching.taken(policy, target, conditions(), what, holder);
    return;
  }
  const rules = attaching.claimedRules.get(key) ?? [];
  if (sectionName !== undefined) attaching.claimedRules.set(key, [...rules, sectionName]);

  if (policy.spec.mergeType !== undefined) mergeOnEach(attaching, policy, route, scope);
  else if (isInvalid(policy)) for (const c of conditions()) refuse(c, policy.invalid!);
  for (const c of conditions()) accept(c, policy);
  if (sectionName === undefined && rules.length > 0) {
    const list = [...rules].sort(compareText).join(' ');
    const message = `This policy is being overridden by other backendTrafficPolicy for these route rules: [${list}]`;
    for (const c of conditions()) c.set('Overridden', 'True', 'Overridden', message);
  }
}

/** The route overrides what holds on its listeners and Gateways. */
function putBelow({ overrides }: Attaching, route: RouteContext, scope: Scope): void {
  for (const { gateway, ref } of route.parents) {
    const above = gatewayScope(gateway.key);
    if (ref.sectionName === undefined) overrides.add(above, scope);
    else overrides.add(listenerScope(gateway.key, ref.sectionName), scope, above);
  }
}

/** On each listener the route may have another policy above it. */
function mergeOnEach(
  attaching: Attaching,
  policy: BackendTrafficPolicy,
  route: RouteContext,
  scope: Scope,
): void {
  const { claims, merged: graph, diagnostics } = attaching;
  for (const { gateway, listeners } of route.parents) {
    for (const { listener } of listeners) {
      const above = aboveRoute(claims, listener);
      const conditions = () => attaching.conditionsUnder(policy, gateway, listener.spec.name);
      if (above === undefined) {
        if (isInvalid(policy)) refuse(conditions(), policy.invalid!);
        continue;
      }
      const merged = attaching.merge(above, policy);
      switch (merged.kind) {
        case 'merged': {
          const ofListener = claims.listeners.get(listener.name) === above;
          const parent = ofListener
            ? listenerScope(gateway.key, listener.spec.name)
            : gatewayScope(gateway.key);
          graph.add(parent, scope);
          conditions().set('Merged', 'True', 'Merged', `Merged with policy ${keyOf(above)}`);
          break;
        }
        case 'invalid':
          refuse(conditions(), merged.messages);
          if (!isInvalid(policy) && !isInvalid(above))
            diagnostics.push(badMerge(policy, above, merged.messages));
          break;
        case 'unsupported':
          // The schema has told the position already.
          refuse(conditions(), [merged.message]);
      }
    }
  }
}
