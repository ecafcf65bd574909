/**
 * Which policy holds for a rule of a route on a listener: rule before route before listener before Gateway; the whole
 * policy wins, unless it says mergeType. A policy that cannot be translated makes the routes answer 500, and what is
 * above it still shapes their pools (as Envoy Gateway has it).
 */
import type { BackendTrafficPolicy } from '../../model/resources.ts';
import type { ListenerContext } from '../attach/gateways.ts';
import type { RouteContext } from '../attach/parents.ts';
import { fromOf, keyOf } from '../from.ts';
import type { Balancing } from '../pools/pools.ts';
import type { From } from '../types.ts';
import { type MergedPolicy, mergePolicies, type ParsePolicySpec } from './merge.ts';

/** One policy per scope: the first to claim it. */
export interface Claims {
  /** By `Kind/namespace/route#rule`. */
  readonly rules: ReadonlyMap<string, BackendTrafficPolicy>;
  /** By `Kind/namespace/route`. */
  readonly routes: ReadonlyMap<string, BackendTrafficPolicy>;
  /** By `namespace/gateway/listener`. */
  readonly listeners: ReadonlyMap<string, BackendTrafficPolicy>;
  /** By `namespace/gateway`. */
  readonly gateways: ReadonlyMap<string, BackendTrafficPolicy>;
}

export interface Effective {
  readonly balancing: Balancing;
  /** The policy in force; undefined: none. */
  readonly policy?: BackendTrafficPolicy;
  /** The policy above, where the one in force is merged with it. */
  readonly mergedWith?: BackendTrafficPolicy;
  /** A nearer policy is invalid: the routes answer 500. */
  readonly refusedBy?: BackendTrafficPolicy;
}

/** Merges each pair once. */
export type Merge = (parent: BackendTrafficPolicy, child: BackendTrafficPolicy) => MergedPolicy;
export function merger(parse: ParsePolicySpec): Merge {
  const done = new Map<BackendTrafficPolicy, Map<BackendTrafficPolicy, MergedPolicy>>();
  return (parent, child) => {
    let ofChild = done.get(child);
    if (ofChild === undefined) {
      ofChild = new Map();
      done.set(child, ofChild);
    }
    let merged = ofChild.get(parent);
    if (merged === undefined) {
      merged = mergePolicies(parent, child, parse);
      ofChild.set(parent, merged);
    }
    return merged;
  };
}

/** The policy that a route's policy merges with: of the listener, else of its Gateway. */
export const aboveRoute = (claims: Claims, listener: ListenerContext): BackendTrafficPolicy | undefined =>
  claims.listeners.get(listener.name) ?? claims.gateways.get(listener.gateway.key);

export type FindEffective = (
  route: RouteContext,
  rule: string | undefined,
  listener: ListenerContext,
) => Effective;

const NOTHING: Effective = { balancing: {} };

export function effectiveFinder(claims: Claims, merge: Merge): FindEffective {
  const origins = new Map<BackendTrafficPolicy, From>();
  const originOf = (policy: BackendTrafficPolicy): From => {
    let origin = origins.get(policy);
    if (origin === undefined) {
      origin = fromOf(policy);
      origins.set(policy, origin);
    }
    return origin;
  };

  return (route, rule, listener) => {
    const above = aboveRoute(claims, listener);
    const nearest = [
      rule === undefined ? undefined : claims.rules.get(`${route.key}#${rule}`),
      claims.routes.get(route.key),
    ];
    let refusedBy: BackendTrafficPolicy | undefined;
    for (const policy of nearest) {
      if (policy === undefined) continue;
      if (policy.spec.mergeType !== undefined && above !== undefined) {
        const merged = merge(above, policy);
        if (merged.kind === 'merged') {
          const sticky = policy.sticky ?? above.sticky;
          const balancing = { spec: merged.spec, sticky, policy: originOf(policy) };
          return { balancing, policy, mergedWith: above, refusedBy };
        }
        if (merged.kind === 'invalid') refusedBy ??= policy;
        continue;
      }
      if (isInvalid(policy)) refusedBy ??= policy;
      else return { balancing: plain(policy, originOf(policy)), policy, refusedBy };
    }
    for (const policy of [claims.listeners.get(listener.name), claims.gateways.get(listener.gateway.key)]) {
      if (policy === undefined) continue;
      if (isInvalid(policy)) refusedBy ??= policy;
      else return { balancing: plain(policy, originOf(policy)), policy, refusedBy };
    }
    return refusedBy === undefined ? NOTHING : { balancing: {}, refusedBy };
  };
}

export const isInvalid = (policy: BackendTrafficPolicy): boolean => (policy.invalid?.length ?? 0) > 0;

const plain = (policy: BackendTrafficPolicy, from: From): Balancing => ({
  spec: policy.spec,
  sticky: policy.sticky,
  policy: from,
});

/** For messages. */
export function nameOf(effective: Effective | undefined): string {
  const { policy, mergedWith } = effective ?? {};
  if (policy === undefined) return 'no policy';
  const above = mergedWith === undefined ? '' : ` merged with ${keyOf(mergedWith)}`;
  return `BackendTrafficPolicy ${keyOf(policy)}${above}`;
}
