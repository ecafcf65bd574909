/** What is known while policies are attached, one after the other: who has what, what displaces what, what was said to whom. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { BackendTrafficPolicy } from '../../model/resources.ts';
import type { GatewayContext } from '../attach/gateways.ts';
import type { RouteContext } from '../attach/parents.ts';
import type { Hint } from '../hints.ts';
import {
  type AncestorRef,
  type Ancestors,
  type Conditions,
  GATEWAY_GROUP,
  joinErrors,
  sentence,
} from '../status/conditions.ts';
import type { Claims, Merge } from './effective.ts';
import { conflict, type UnknownTarget, unknownSection, unknownTargets } from './messages.ts';
import { ScopeGraph } from './scopes.ts';
import type { Target } from './targets.ts';

export type ClaimMap = Map<string, BackendTrafficPolicy>;

export class Attaching {
  readonly claims = {
    rules: new Map() as ClaimMap,
    routes: new Map() as ClaimMap,
    listeners: new Map() as ClaimMap,
    gateways: new Map() as ClaimMap,
  } satisfies Claims;
  readonly ancestors = new Map<BackendTrafficPolicy, Ancestors>();
  readonly overrides = new ScopeGraph();
  readonly merged = new ScopeGraph();
  /** Names of the claimed rules of each route, for its own policy's status. */
  readonly claimedRules = new Map<string, string[]>();
  readonly routes: ReadonlyMap<string, RouteContext>;
  readonly gateways: ReadonlyMap<string, GatewayContext>;
  readonly merge: Merge;
  readonly diagnostics: Diagnostic[];
  readonly #hint: Hint;
  readonly #unknown: UnknownTarget;

  constructor(
    routes: readonly RouteContext[],
    gateways: readonly GatewayContext[],
    merge: Merge,
    hint: Hint,
    diagnostics: Diagnostic[],
  ) {
    this.routes = new Map(routes.map((r) => [r.key, r]));
    this.gateways = new Map(gateways.map((g) => [g.key, g]));
    this.merge = merge;
    this.diagnostics = diagnostics;
    this.#hint = hint;
    this.#unknown = unknownTargets([...gateways.map((g) => g.resource), ...routes.map((r) => r.route)], hint);
  }

  /** The policy's conditions under a Gateway, or one of its listeners. */
  conditionsUnder(policy: BackendTrafficPolicy, gateway: GatewayContext, sectionName?: string): Conditions {
    const { namespace, name } = gateway.resource.metadata;
    const section = sectionName === undefined ? {} : { sectionName };
    const ref: AncestorRef = { group: GATEWAY_GROUP, kind: 'Gateway', namespace, name, ...section };
    return this.ancestors.get(policy)!.of(ref, gateway.controllerName);
  }

  unknownTarget(policy: BackendTrafficPolicy, target: Target): void {
    this.diagnostics.push(this.#unknown(policy, target));
  }

  /** `names`: the sections there are. */
  noSection(
    policy: BackendTrafficPolicy,
    target: Target,
    conditions: readonly Conditions[],
    what: string,
    names: readonly string[],
  ): void {
    const message = `No section name ${target.sectionName} found for ${what}`;
    for (const c of conditions) c.set('Accepted', 'False', 'TargetNotFound', message);
    this.diagnostics.push(unknownSection(policy, target, message, names, this.#hint));
  }

  taken(
    policy: BackendTrafficPolicy,
    target: Target,
    conditions: readonly Conditions[],
    what: string,
    holder: BackendTrafficPolicy,
  ): void {
    const message = `Unable to target ${what}, another BackendTrafficPolicy has already attached to it`;
    for (const c of conditions) c.set('Accepted', 'False', 'Conflicted', message);
    this.diagnostics.push(conflict(policy, target, message, holder));
  }
}

/** The first to come has it; returns who has it. */
export function claim(claims: ClaimMap, key: string, policy: BackendTrafficPolicy): BackendTrafficPolicy {
  const holder = claims.get(key);
  if (holder !== undefined) return holder;
  claims.set(key, policy);
  return policy;
}

export const refuse = (conditions: Conditions, messages: readonly string[]): void =>
  conditions.set('Accepted', 'False', 'Invalid', sentence(joinErrors(messages)));

/** Accepted unless something has spoken against it, and the warning that belongs to acceptance. */
export function accept(conditions: Conditions, policy: BackendTrafficPolicy): void {
  if (!conditions.has('Accepted'))
    conditions.set('Accepted', 'True', 'Accepted', 'Policy has been accepted.');
  if (policy.spec.deprecatedTargetRef) {
    conditions.set(
      'Warning',
      'True',
      'DeprecatedField',
      'spec.targetRef is deprecated, use spec.targetRefs instead',
    );
  }
}
