/**
 * Which policy holds for a rule of a route on a listener (GEP-713, "effective policy"): rule before route
 * before listener before Gateway. The whole policy wins, unless it says mergeType. A policy that cannot be
 * translated makes the routes answer 500, and what is above it still shapes their pools (as Envoy Gateway has
 * it).
 */
import { memo } from '../../basics/collections.ts';
import type { BackendTrafficPolicy, MergedSpec, MergeSpecs, SecurityPolicy } from '../../model/resources.ts';
import type { RouteContext } from '../attach/attach-routes.ts';
import { type GatewayContext, type ListenerContext, ownerKey } from '../attach/gateways.ts';
import { fromOf, keyOf } from '../from.ts';
import type { Balancing } from '../pools/pools.ts';
import type { From, PolicyInForce, RejectedPolicy } from '../types.ts';
import { type Claims, scopeKey } from './claims.ts';
import { takenMessage } from './policy-diagnostics.ts';
import type { TargetingPolicy } from './targets.ts';

/** Kinds that routes merge with those above them. */
export type MergingPolicy = BackendTrafficPolicy | SecurityPolicy;

export interface Holding<P extends MergingPolicy> {
  /** Undefined: none. */
  readonly policy?: P;
  /** Of `policy`, merged where it is. */
  readonly spec?: P['spec'];
  /** The policy above, where `policy` is merged with it. */
  readonly mergedWith?: P;
  /** A nearer policy is invalid: the routes answer 500. */
  readonly refusedBy?: P;
  /** The one that holds (the refused one, if there is one) and what became of the others, for the plan. */
  readonly inForce?: PolicyInForce;
}
/** `policy` is the one that shapes the pools. */
export interface Effective extends Holding<BackendTrafficPolicy> {
  readonly balancing: Balancing;
}

/** Merges each pair once: equal merges are one object, by which pools of several listeners are compared. */
export function mergeOnce<P extends MergingPolicy>(merge: MergeSpecs<P>): MergeSpecs<P> {
  const over = memo((parent: P) => memo((child: P) => merge(parent, child)));
  return (parent, child) => over(parent)(child);
}

/** The scopes above all routes of a listener, nearest first: itself, its ListenerSet if any, its Gateway. */
export function scopesAbove({ gateway, owner, spec }: ListenerContext): readonly string[] {
  const [own, above] = [ownerKey(owner), `Gateway/${gateway.key}`];
  return [scopeKey(own, spec.name), own, ...(own === above ? [] : [above])];
}

/** Of the policies above all routes of a listener the nearest, and the scope that has it. */
export function holderAbove<P extends TargetingPolicy>(
  listener: ListenerContext,
  claims: Claims<P>,
): { readonly policy: P; readonly scope: string } | undefined {
  for (const scope of scopesAbove(listener)) {
    const policy = claims.holder(scope);
    if (policy !== undefined) return { policy, scope };
  }
  return undefined;
}

/**
 * One place where a route's policy with a mergeType meets a policy above it; `above` undefined: there is
 * none.
 */
export interface MergePlace<P extends MergingPolicy> {
  readonly gateway: GatewayContext;
  readonly listener: ListenerContext;
  readonly above?: {
    readonly policy: P;
    /** The scope that has it. */
    readonly scope: string;
    readonly merged: MergedSpec<P['spec']>;
  };
}

/** For each listener of the route: what its policy is merged with there. */
export function mergePlaces<P extends MergingPolicy>(
  policy: P,
  route: RouteContext,
  claims: Claims<P>,
  merge: MergeSpecs<P>,
): readonly MergePlace<P>[] {
  return route.parents.flatMap(({ gateway, listeners }) =>
    listeners.map(({ listener }): MergePlace<P> => {
      const above = holderAbove(listener, claims);
      if (above === undefined) return { gateway, listener };
      return { gateway, listener, above: { ...above, merged: merge(above.policy, policy) } };
    }),
  );
}

/** @param rule Name of the rule, if it has one. */
type Find<T> = (route: RouteContext, rule: string | undefined, listener: ListenerContext) => T;
export type FindEffective = Find<Effective>;
export type FindHolding<P extends MergingPolicy> = Find<Holding<P>>;

export function effectiveFinder(claims: Claims, merge: MergeSpecs): FindEffective {
  const find = holdingFinder(claims, merge);
  const originOf = memo((policy: BackendTrafficPolicy): From => fromOf(policy));
  return (route, rule, listener) => {
    const holding = find(route, rule, listener);
    const { policy, spec, mergedWith } = holding;
    if (policy === undefined) return { ...holding, balancing: {} };
    const sticky = policy.sticky ?? mergedWith?.sticky;
    return { ...holding, balancing: { spec, sticky, policy: originOf(policy) } };
  };
}

const NOTHING: Holding<never> = {};

export function holdingFinder<P extends MergingPolicy>(
  claims: Claims<P>,
  merge: MergeSpecs<P>,
): FindHolding<P> {
  const originOf = memo((policy: P): From => fromOf(policy));

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
    let refusedBy: P | undefined;
    let found: Holding<P> | undefined;
    for (let i = 0; i < holders.length && found === undefined; i++) {
      const policy = holders[i];
      if (policy === undefined) continue;
      if (i < below.length && policy.spec.mergeType !== undefined && above.parent !== undefined) {
        const merged = merge(above.parent, policy);
        if (merged.kind === 'merged') found = { spec: merged.spec, policy, mergedWith: above.parent };
        else if (merged.kind === 'invalid') refusedBy ??= policy;
        else rejected.push({ policy: originOf(policy), because: merged.message });
      } else if (isInvalid(policy)) refusedBy ??= policy;
      else found = { spec: policy.spec, policy };
    }
    const { policy, mergedWith, spec } = found ?? {};
    const holds = refusedBy ?? policy;
    if (holds === undefined) return NOTHING;
    const merged = holds === policy ? mergedWith : undefined;
    const overrides = new Set<From>();
    for (const one of holders.slice(holders.indexOf(holds)))
      if (one !== undefined && one !== holds && one !== merged) overrides.add(originOf(one));
    for (const scope of [...below, ...above.scopes]) {
      for (const late of claims.late(scope))
        rejected.push({ policy: originOf(late.policy), because: takenMessage(late) });
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
    return { spec, policy, mergedWith, refusedBy, inForce };
  };
}

export const isInvalid = (policy: MergingPolicy): boolean => policy.invalid.length > 0;

/** Why a policy that is refused is. */
export const refusalOf = (policy: MergingPolicy): string =>
  isInvalid(policy) ? policy.invalid.join('; ') : 'merged with the policy above it, it is not valid';

/** For messages. */
export function nameOf(effective: Effective | undefined): string {
  const { policy, mergedWith } = effective ?? {};
  if (policy === undefined) return 'no policy';
  const above = mergedWith === undefined ? '' : ` merged with ${keyOf(mergedWith)}`;
  return `BackendTrafficPolicy ${keyOf(policy)}${above}`;
}
