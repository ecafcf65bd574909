/** One policy to one Gateway or listener. By then routes have been attached: what they override and merge with is known. */
import type { BackendTrafficPolicy } from '../../model/resources.ts';
import type { Conditions } from '../status/conditions.ts';
import { type Attaching, accept, claim, refuse } from './claiming.ts';
import { isInvalid } from './effective.ts';
import { describeScopes, gatewayScope, listenerScope } from './scopes.ts';
import type { Target } from './targets.ts';

/** Takes the target, if nobody has it. */
export function claimAbove(attaching: Attaching, policy: BackendTrafficPolicy, target: Target): void {
  const { namespace, name, sectionName } = target;
  const gateway = attaching.gateways.get(`${namespace}/${name}`);
  if (gateway === undefined) return;
  if (sectionName === undefined) claim(attaching.claims.gateways, gateway.key, policy);
  else if (gateway.listeners.some((l) => l.spec.name === sectionName))
    claim(attaching.claims.listeners, `${gateway.key}/${sectionName}`, policy);
}

export function toGateway(attaching: Attaching, policy: BackendTrafficPolicy, target: Target): void {
  const { claims, overrides, merged } = attaching;
  const { namespace, name, sectionName } = target;
  const key = `${namespace}/${name}`;
  const gateway = attaching.gateways.get(key);
  if (gateway === undefined) {
    attaching.unknownTarget(policy, target);
    return;
  }
  const conditions = attaching.conditionsUnder(policy, gateway, sectionName);
  const own = gatewayScope(key);
  if (sectionName === undefined) {
    const holder = claims.gateways.get(key)!;
    if (holder !== policy) {
      attaching.taken(policy, target, [conditions], `Gateway ${name}`, holder);
      return;
    }
  } else {
    const names = gateway.listeners.map((l) => l.spec.name);
    if (!names.includes(sectionName)) {
      attaching.noSection(policy, target, [conditions], `Gateway ${key}`, names);
      return;
    }
    const holder = claims.listeners.get(`${key}/${sectionName}`)!;
    if (holder !== policy) {
      attaching.taken(policy, target, [conditions], `Listener ${key}/${sectionName}`, holder);
      return;
    }
    overrides.add(own, listenerScope(key, sectionName));
  }
  if (isInvalid(policy)) refuse(conditions, policy.invalid!);
  accept(conditions, policy);

  const scope = sectionName === undefined ? own : listenerScope(key, sectionName);
  const below = merged.direct(scope);
  const overriding = overrides.all(scope, sectionName === undefined ? undefined : own);
  tellBelow(conditions, 'Merged', 'merged', describeScopes(below));
  tellBelow(conditions, 'Overridden', 'overridden', describeScopes(overriding, below));
}

function tellBelow(conditions: Conditions, type: string, what: string, scopes: string): void {
  if (scopes === '') return;
  const message = `This policy is being ${what} by other backendTrafficPolicies for ${scopes}`;
  conditions.set(type, 'True', type, message);
}
