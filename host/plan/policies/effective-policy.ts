/**
 * Which policy holds for a rule of a route on a listener (GEP-713, "effective policy"): rule before route
 * before listener before Gateway. The whole policy wins, unless it says mergeType. A policy that cannot be
 * translated makes the routes answer 500, and what is above it still shapes their pools (as Envoy Gateway has
 * it).
 */
import { memo } from '../../basics/collections.ts';
import type { BackendTrafficPolicy, MergedSpec, MergeSpecs } from '../../model/resources.ts';
import type { GatewayContext, ListenerContext } from '../attach/gateways.ts';
import type { RouteContext } from '../attach/routes.ts';
import { fromOf, keyOf } from '../from.ts';
import type { Balancing } from '../pools/pools.ts';
import type { From, PolicyInForce, RejectedPolicy } from '../types.ts';
import { type Claims, scopeKey } from './claims.ts';
import { takenMessage } from './policy-diagnostics.ts';

export interface Effective {
  readonly balancing: Balancing;
  /** The policy that shapes the pools; undefined: none. */
  readonly policy?: BackendTrafficPolicy;
  /** The policy above, where `policy` is merged with it. */
  readonly mergedWith?: BackendTrafficPolicy;
  /** A nearer policy is invalid: the routes answer 500. */
  readonly refusedBy?: BackendTrafficPolicy;
  /** The one that holds (the refused one, if there is one) and what became of the others, for the plan. */
  readonly inForce?: PolicyInForce;
}

/** Merges each pair once: equal merges are one object, by which pools of several listeners are compared. */
export function mergeOnce(merge: MergeSpecs): MergeSpecs {
  const over = memo((parent: BackendTrafficPolicy) =>
    memo((child: BackendTrafficPolicy) => merge(parent, child)),
  );
  return (parent, child) => over(parent)(child);
}

/** The two scopes above all routes of a listener, nearest first. */
const scopesAbove = ({ gateway, spec }: ListenerContext): readonly [string, string] => {
  const resource = `Gateway/${gateway.key}`;
  return [scopeKey(resource, spec.name), resource];
};

/**
 * One place where a route's policy with a mergeType meets a policy above it; `above` undefined: there is
 * none.
 */
export interface MergePlace {
  readonly gateway: GatewayContext;
  readonly listener: ListenerContext;
  readonly above?: {
    readonly policy: BackendTrafficPolicy;
    readonly ofListener: boolean;
    readonly merged: MergedSpec;
  };
}

/** For each listener of the route: what its policy is merged with there. */
export function mergePlaces(
  policy: BackendTrafficPolicy,
  route: RouteContext,
  claims: Claims,
  merge: MergeSpecs,
): readonly MergePlace[] {
  return route.parents.flatMap(({ gateway, listeners }) =>
    listeners.map(({ listener }): MergePlace => {
      const [ofListener, ofGateway] = scopesAbove(listener).map(claims.holder);
      const above = ofListener ?? ofGateway;
      if (above === undefined) return { gateway, listener };
      const merged = merge(above, policy);
      return { gateway, listener, above: { policy: above, ofListener: above === ofListener, merged } };
    }),
  );
}

/** @param rule Name of the rule, if it has one. */
export type FindEffective = (
  route: RouteContext,
  rule: string | undefined,
  listener: ListenerContext,
) => Effective;

const NOTHING: Effective = { balancing: {} };

export function effectiveFinder(claims: Claims, merge: MergeSpecs): FindEffective {
  const originOf = memo((policy: BackendTrafficPolicy): From => fromOf(policy));
  const shapedBy = (policy: BackendTrafficPolicy): Pick<Effective, 'balancing' | 'policy'> => ({
    balancing: { spec: policy.spec, sticky: policy.sticky, policy: originOf(policy) },
    policy,
  });

  const aboveOf = memo((listener: ListenerContext) => {
    const scopes = scopesAbove(listener);
    const holders = scopes.map(claims.holder);
    return { scopes, holders, parent: holders.find((holder) => holder !== undefined) };
  });

  return (route, rule, listener) => {
    const above = aboveOf(listener);
    const below = rule === undefined ? [route.key] : [scopeKey(route.key, rule), route.key];
    const holders = [...below.map(claims.holder), ...above.holders];
    const rejected: RejectedPolicy[] = [];
    let refusedBy: BackendTrafficPolicy | undefined;
    let found: Effective | undefined;
    for (let i = 0; i < holders.length && found === undefined; i++) {
      const policy = holders[i];
      if (policy === undefined) continue;
      if (i < below.length && policy.spec.mergeType !== undefined && above.parent !== undefined) {
        const merged = merge(above.parent, policy);
        if (merged.kind === 'merged') {
          const sticky = policy.sticky ?? above.parent.sticky;
          const balancing = { spec: merged.spec, sticky, policy: originOf(policy) };
          found = { balancing, policy, mergedWith: above.parent };
        } else if (merged.kind === 'invalid') refusedBy ??= policy;
        else rejected.push({ policy: originOf(policy), because: merged.message });
      } else if (isInvalid(policy)) refusedBy ??= policy;
      else found = shapedBy(policy);
    }
    const { policy, mergedWith, balancing = {} } = found ?? {};
    const holds = refusedBy ?? policy;
    if (holds === undefined) return NOTHING;
    const merged = holds === policy ? mergedWith : undefined;
    const overrides = new Set<From>();
    for (const one of holders.slice(holders.indexOf(holds)))
      if (one !== undefined && one !== holds && one !== merged) overrides.add(originOf(one));
    for (const scope of [...below, ...above.scopes]) {
      for (const late of claims.late(scope))
        rejected.push({ policy: originOf(late.policy), because: takenMessage(late.target) });
    }
    const { kind, namespace, name, at } = originOf(holds);
    const inForce: PolicyInForce = {
      kind,
      namespace,
      name,
      at,
      mergedWith: merged === undefined ? undefined : originOf(merged),
      overrides: [...overrides],
      rejected,
    };
    return { balancing, policy, mergedWith, refusedBy, inForce };
  };
}

export const isInvalid = (policy: BackendTrafficPolicy): boolean => policy.invalid.length > 0;

/** For messages. */
export function nameOf(effective: Effective | undefined): string {
  const { policy, mergedWith } = effective ?? {};
  if (policy === undefined) return 'no policy';
  const above = mergedWith === undefined ? '' : ` merged with ${keyOf(mergedWith)}`;
  return `BackendTrafficPolicy ${keyOf(policy)}${above}`;
}
