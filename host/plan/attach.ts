/**
 * Policies to their targets: who claims what, who comes too late, and the conditions that say so (Gateway API, GEP-713;
 * texts and passes of Envoy Gateway: rules, then routes, listeners, Gateways).
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { BackendTrafficPolicy } from '../model/resources.ts';
import { badMerge, conflict, type UnknownTarget, unknownSection, unknownTargets } from './attach-messages.ts';
import { aboveRoute, type Claims, isInvalid, type Merge } from './effective.ts';
import { byAge, compareText, keyOf } from './from.ts';
import type { GatewayContext } from './gateways.ts';
import type { Hint } from './hints.ts';
import type { Parent, RouteContext } from './parents.ts';
import { describeScopes, gatewayScope, listenerScope, type Scope, ScopeGraph } from './scopes.ts';
import {
  type AncestorRef,
  Ancestors,
  type Conditions,
  GATEWAY_GROUP,
  joinErrors,
  sentence,
} from './status.ts';
import type { ResolveTargets, Target } from './targets.ts';

export interface Attachment {
  readonly claims: Claims;
  readonly ancestors: ReadonlyMap<BackendTrafficPolicy, Ancestors>;
}

type ClaimMap = Map<string, BackendTrafficPolicy>;

/** Attaches all policies. Diagnostics: unknown targets and sections, conflicts, merges that fail. */
export function attachPolicies(
  policies: readonly BackendTrafficPolicy[],
  routes: readonly RouteContext[],
  gateways: readonly GatewayContext[],
  resolve: ResolveTargets,
  merge: Merge,
  hint: Hint,
  diagnostics: Diagnostic[],
): Attachment {
  const ordered = [...policies].sort(byAge).map((policy) => ({ policy, targets: resolve(policy) }));
  const pass = new Pass(routes, gateways, merge, hint, diagnostics);
  for (const { policy } of ordered) pass.ancestors.set(policy, new Ancestors());
  // What Gateways and listeners have must be known before routes merge with it.
  pass.claimAbove(ordered);
  for (const wanted of ['rule', 'route', 'listener', 'gateway'] as const) {
    for (const { policy, targets } of ordered) {
      for (const target of targets) {
        const level = target.kind === 'Gateway' ? ['gateway', 'listener'] : ['route', 'rule'];
        if (level[target.sectionName === undefined ? 0 : 1] !== wanted) continue;
        if (target.kind === 'Gateway') pass.toGateway(policy, target);
        else pass.toRoute(policy, target);
      }
    }
  }
  return { claims: pass.claims, ancestors: pass.ancestors };
}

class Pass {
  readonly claims = {
    rules: new Map() as ClaimMap,
    routes: new Map() as ClaimMap,
    listeners: new Map() as ClaimMap,
    gateways: new Map() as ClaimMap,
  };
  readonly ancestors = new Map<BackendTrafficPolicy, Ancestors>();
  readonly #routes: ReadonlyMap<string, RouteContext>;
  readonly #gateways: ReadonlyMap<string, GatewayContext>;
  readonly #merge: Merge;
  readonly #hint: Hint;
  readonly #diagnostics: Diagnostic[];
  readonly #unknown: UnknownTarget;
  readonly #overrides = new ScopeGraph();
  readonly #merged = new ScopeGraph();
  /** Names of the claimed rules of each route, for its own policy's status. */
  readonly #claimedRules = new Map<string, string[]>();

  constructor(
    routes: readonly RouteContext[],
    gateways: readonly GatewayContext[],
    merge: Merge,
    hint: Hint,
    diagnostics: Diagnostic[],
  ) {
    this.#routes = new Map(routes.map((r) => [r.key, r]));
    this.#gateways = new Map(gateways.map((g) => [g.key, g]));
    this.#merge = merge;
    this.#hint = hint;
    this.#diagnostics = diagnostics;
    this.#unknown = unknownTargets([...gateways.map((g) => g.resource), ...routes.map((r) => r.route)], hint);
  }

  claimAbove(ordered: readonly { policy: BackendTrafficPolicy; targets: readonly Target[] }[]): void {
    for (const { policy, targets } of ordered) {
      for (const target of targets) {
        if (target.kind !== 'Gateway') continue;
        const gateway = this.#gateways.get(`${target.namespace}/${target.name}`);
        if (gateway === undefined) continue;
        const { sectionName } = target;
        if (sectionName === undefined) claim(this.claims.gateways, gateway.key, policy);
        else if (gateway.listeners.some((l) => l.spec.name === sectionName))
          claim(this.claims.listeners, `${gateway.key}/${sectionName}`, policy);
      }
    }
  }

  toRoute(policy: BackendTrafficPolicy, target: Target): void {
    const { kind, namespace, name, sectionName } = target;
    const key = `${kind}/${namespace}/${name}`;
    const route = this.#routes.get(key);
    if (route === undefined) {
      this.#diagnostics.push(this.#unknown(policy, target));
      return;
    }

    const scope: Scope = { kind: 'route', name: `${namespace}/${name}`, routeKind: kind };
    for (const parent of route.parents) {
      const gateway = gatewayScope(parent.gateway.key);
      if (parent.ref.sectionName === undefined) this.#overrides.add(gateway, scope);
      else this.#overrides.add(listenerScope(parent.gateway.key, parent.ref.sectionName), scope, gateway);
    }
    // Not before they are set: ancestors stand in the order in which something was said about them.
    const conditions = (): Conditions[] => route.parents.map((parent) => this.#conditionsOf(policy, parent));

    if (sectionName !== undefined) {
      const names = route.route.spec.rules.flatMap((r) => (r.name === undefined ? [] : [r.name]));
      if (!names.includes(sectionName)) {
        this.#noSection(policy, target, conditions(), `${kind} ${namespace}/${name}`, names);
        return;
      }
    }
    const claims = sectionName === undefined ? this.claims.routes : this.claims.rules;
    const id = sectionName === undefined ? key : `${key}#${sectionName}`;
    const holder = claim(claims, id, policy);
    if (holder !== policy) {
      const what = sectionName === undefined ? `${kind} ${name}` : `RouteRule ${name}/${sectionName}`;
      this.#conflict(policy, target, conditions(), what, holder);
      return;
    }
    if (sectionName !== undefined) {
      const rules = this.#claimedRules.get(key) ?? [];
      rules.push(sectionName);
      this.#claimedRules.set(key, rules);
    }

    if (policy.spec.mergeType === undefined) {
      if (isInvalid(policy)) for (const c of conditions()) refuse(c, policy.invalid!);
    } else {
      this.#mergeOnEach(policy, route, scope);
    }
    for (const c of conditions()) accept(c, policy);
    if (sectionName === undefined) {
      const rules = this.#claimedRules.get(key);
      if (rules !== undefined) {
        const list = [...rules].sort(compareText).join(' ');
        for (const c of conditions()) {
          c.set(
            'Overridden',
            'True',
            'Overridden',
            `This policy is being overridden by other backendTrafficPolicy for these route rules: [${list}]`,
          );
        }
      }
    }
  }

  toGateway(policy: BackendTrafficPolicy, target: Target): void {
    const { namespace, name, sectionName } = target;
    const key = `${namespace}/${name}`;
    const gateway = this.#gateways.get(key);
    if (gateway === undefined) {
      this.#diagnostics.push(this.#unknown(policy, target));
      return;
    }
    const ref: AncestorRef = {
      group: GATEWAY_GROUP,
      kind: 'Gateway',
      namespace,
      name,
      ...(sectionName === undefined ? {} : { sectionName }),
    };
    const conditions = this.ancestors.get(policy)!.of(ref, gateway.controllerName);
    const own = gatewayScope(key);

    if (sectionName === undefined) {
      const holder = this.claims.gateways.get(key)!;
      if (holder !== policy) {
        this.#conflict(policy, target, [conditions], `Gateway ${name}`, holder);
        return;
      }
    } else {
      const names = gateway.listeners.map((l) => l.spec.name);
      if (!names.includes(sectionName)) {
        this.#noSection(policy, target, [conditions], `Gateway ${key}`, names);
        return;
      }
      const holder = this.claims.listeners.get(`${key}/${sectionName}`)!;
      if (holder !== policy) {
        this.#conflict(policy, target, [conditions], `Listener ${key}/${sectionName}`, holder);
        return;
      }
      this.#overrides.add(own, listenerScope(key, sectionName));
    }
    if (isInvalid(policy)) refuse(conditions, policy.invalid!);
    accept(conditions, policy);

    const scope = sectionName === undefined ? own : listenerScope(key, sectionName);
    const merged = this.#merged.direct(scope);
    const overriding = this.#overrides.all(scope, sectionName === undefined ? undefined : own);
    const mergedText = describeScopes(merged);
    const overriddenText = describeScopes(overriding, merged);
    if (mergedText !== '') {
      conditions.set(
        'Merged',
        'True',
        'Merged',
        `This policy is being merged by other backendTrafficPolicies for ${mergedText}`,
      );
    }
    if (overriddenText !== '') {
      conditions.set(
        'Overridden',
        'True',
        'Overridden',
        `This policy is being overridden by other backendTrafficPolicies for ${overriddenText}`,
      );
    }
  }

  /** On each listener the route may have another policy above it. */
  #mergeOnEach(policy: BackendTrafficPolicy, route: RouteContext, scope: Scope): void {
    for (const parent of route.parents) {
      for (const { listener } of parent.listeners) {
        const gateway = parent.gateway;
        const { namespace, name } = gateway.resource.metadata;
        const ref: AncestorRef = {
          group: GATEWAY_GROUP,
          kind: 'Gateway',
          namespace,
          name,
          sectionName: listener.spec.name,
        };
        const above = aboveRoute(this.claims, listener);
        const conditions = (): Conditions => this.ancestors.get(policy)!.of(ref, gateway.controllerName);
        if (above === undefined) {
          if (isInvalid(policy)) refuse(conditions(), policy.invalid!);
          continue;
        }
        const merged = this.#merge(above, policy);
        switch (merged.kind) {
          case 'merged': {
            const ofListener = this.claims.listeners.get(listener.name) === above;
            this.#merged.add(
              ofListener ? listenerScope(gateway.key, listener.spec.name) : gatewayScope(gateway.key),
              scope,
            );
            conditions().set('Merged', 'True', 'Merged', `Merged with policy ${keyOf(above)}`);
            break;
          }
          case 'invalid':
            refuse(conditions(), merged.messages);
            if (!isInvalid(policy) && !isInvalid(above))
              this.#diagnostics.push(badMerge(policy, above, merged.messages));
            break;
          case 'unsupported':
            // The schema has told the position already.
            refuse(conditions(), [merged.message]);
        }
      }
    }
  }

  #conditionsOf(policy: BackendTrafficPolicy, parent: Parent): Conditions {
    const { namespace, name } = parent.gateway.resource.metadata;
    const { sectionName } = parent.ref;
    const ref: AncestorRef = {
      group: GATEWAY_GROUP,
      kind: 'Gateway',
      namespace,
      name,
      ...(sectionName === undefined ? {} : { sectionName }),
    };
    return this.ancestors.get(policy)!.of(ref, parent.gateway.controllerName);
  }

  #noSection(
    policy: BackendTrafficPolicy,
    target: Target,
    conditions: readonly Conditions[],
    what: string,
    names: readonly string[],
  ): void {
    const message = `No section name ${target.sectionName} found for ${what}`;
    for (const c of conditions) c.set('Accepted', 'False', 'TargetNotFound', message);
    this.#diagnostics.push(unknownSection(policy, target, message, names, this.#hint));
  }

  #conflict(
    policy: BackendTrafficPolicy,
    target: Target,
    conditions: readonly Conditions[],
    what: string,
    holder: BackendTrafficPolicy,
  ): void {
    const message = `Unable to target ${what}, another BackendTrafficPolicy has already attached to it`;
    for (const c of conditions) c.set('Accepted', 'False', 'Conflicted', message);
    this.#diagnostics.push(conflict(policy, target, message, holder));
  }
}

/** The first to come has it; returns who has it. */
function claim(claims: ClaimMap, key: string, policy: BackendTrafficPolicy): BackendTrafficPolicy {
  const holder = claims.get(key);
  if (holder !== undefined) return holder;
  claims.set(key, policy);
  return policy;
}

const refuse = (conditions: Conditions, messages: readonly string[]): void =>
  conditions.set('Accepted', 'False', 'Invalid', sentence(joinErrors(messages)));

/** Accepted unless something has spoken against it, and the warning that belongs to acceptance. */
function accept(conditions: Conditions, policy: BackendTrafficPolicy): void {
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
