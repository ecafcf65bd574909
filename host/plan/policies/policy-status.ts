/**
 * The status of policies: the conditions of each under each of its Gateways, rendered from what was decided
 * (claims, merges), in the words and the order of Envoy Gateway. Nothing reads these words back.
 */
import { groupBy, memo } from '../../basics/collections.ts';
import { compareText } from '../../basics/text.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { GATEWAY_GROUP, isOwnerKind } from '../../model/groups.ts';
import type { ListenerOwner, MergeSpecs } from '../../model/resources.ts';
import type { RouteContext } from '../attach/attach-routes.ts';
import { type GatewayContext, ownerKey, parentsIn } from '../attach/gateways.ts';
import { byAge, keyOf } from '../from.ts';
import type { Hint } from '../hints.ts';
import {
  type AncestorRef,
  Ancestors,
  type Conditions,
  joinErrors,
  type ResourceStatus,
  sentence,
} from '../status/conditions.ts';
import type { Attachment, Claims } from './claims.ts';
import { isInvalid, type MergingPolicy, mergePlaces } from './effective-policy.ts';
import { describeScopes, overrideGraphs, scopeOf } from './override-graph.ts';
import { badMerge, conflict, takenMessage, unknownSection, unknownTargets } from './policy-diagnostics.ts';

interface PolicyDecisions<P extends MergingPolicy> {
  readonly policies: readonly P[];
  readonly claims: Claims<P>;
  readonly attachments: readonly Attachment<P>[];
  readonly routes: readonly RouteContext[];
  readonly gateways: readonly GatewayContext[];
  readonly merge: MergeSpecs<P>;
  /** What conditions call them: of rules, and elsewhere. */
  readonly words: { readonly ofRules: string; readonly others: string };
}

export const TRAFFIC_WORDS = { ofRules: 'backendTrafficPolicy', others: 'backendTrafficPolicies' };
export const SECURITY_WORDS = { ofRules: 'securityPolicies', others: 'securityPolicies' };

/**
 * Envoy Gateway goes through all policies once for each; a later pass may replace a condition of an earlier
 * one.
 */
const PASSES = ['rule', 'route', 'set listener', 'set', 'listener', 'gateway'] as const;
function passOf({ target: { kind, sectionName } }: Pick<Attachment, 'target'>): (typeof PASSES)[number] {
  if (kind === 'ListenerSet') return sectionName === undefined ? 'set' : 'set listener';
  if (kind === 'Gateway') return sectionName === undefined ? 'gateway' : 'listener';
  return sectionName === undefined ? 'route' : 'rule';
}

/** Status of all policies. Diagnostics: unknown targets and sections, conflicts, merges that fail. */
export function policyStatuses<P extends MergingPolicy>(
  { policies, claims, attachments, merge, words, ...input }: PolicyDecisions<P>,
  hint: Hint,
  diagnostics: Diagnostic[],
): ResourceStatus[] {
  const routes = new Map(input.routes.map((r) => [r.key, r]));
  const parents = new Map(parentsIn(input.gateways).map((one) => [ownerKey(one.resource), one]));
  const gatewayOf = (resource: string): string =>
    `Gateway/${parents.get(resource)?.gateway.key ?? resource.slice(resource.indexOf('/') + 1)}`;
  const unknown = unknownTargets(
    [...[...parents.values()].map(({ resource }) => resource), ...input.routes.map((r) => r.route)],
    hint,
  );
  const placesOf = (policy: P, route: RouteContext) => mergePlaces(policy, route, claims, merge);
  const { overrides, merged } = overrideGraphs(attachments, routes, gatewayOf, placesOf);
  const ancestorsOf = memo((_: P) => new Ancestors());
  /** The policy's conditions under a Gateway or ListenerSet, or one of its listeners. */
  const under = (
    policy: P,
    owner: ListenerOwner,
    gateway: GatewayContext,
    sectionName?: string,
  ): Conditions => {
    const { namespace, name } = owner.metadata;
    const ref: AncestorRef = { group: GATEWAY_GROUP, kind: owner.kind, namespace, name, sectionName };
    return ancestorsOf(policy).of(ref, gateway.controllerName);
  };

  /**
   * What a reference of a policy finds taken. Told once for each reference: selectors that overlap would
   * make a message for each policy and each target.
   */
  const taken = groupBy(
    attachments.filter(({ outcome }) => outcome.kind === 'taken'),
    ({ policy }) => policy,
  );
  const byReference = memo((policy: P) =>
    groupBy(taken.get(policy) ?? [], ({ target }) => target.path.join('.')),
  );
  const takenBy = ({ policy, target }: Attachment<P>): readonly Attachment<P>[] =>
    byReference(policy).get(target.path.join('.')) ?? [];

  /** True when the policy has the target. `conditions`: of all ancestors by which it could be reached. */
  const isAttached = (attachment: Attachment<P>, conditions: () => readonly Conditions[]): boolean => {
    const { policy, target, outcome } = attachment;
    switch (outcome.kind) {
      case 'attached':
        return true;
      case 'no-target':
        diagnostics.push(unknown(policy, target));
        return false;
      case 'no-section': {
        const { kind, namespace, name, sectionName } = target;
        const message = `No section name ${sectionName} found for ${kind} ${namespace}/${name}`;
        for (const c of conditions()) c.set('Accepted', 'False', 'TargetNotFound', message);
        diagnostics.push(unknownSection(policy, target, message, outcome.sections, hint));
        return false;
      }
      case 'taken': {
        const message = takenMessage(attachment);
        for (const c of conditions()) c.set('Accepted', 'False', 'Conflicted', message);
        const others = takenBy(attachment).length - 1;
        if (takenBy(attachment)[0] === attachment)
          diagnostics.push(conflict(policy, target, message, outcome.by, others));
        return false;
      }
    }
  };

  const onRoute = (attachment: Attachment<P>): void => {
    const { policy, target } = attachment;
    const route = routes.get(target.resource);
    // Made when they are needed: ancestors are listed in the order of their first condition, as in Envoy
    // Gateway.
    const conditions = (): Conditions[] =>
      (route?.parents ?? []).map(({ owner, gateway, ref }) => under(policy, owner, gateway, ref.sectionName));
    if (!isAttached(attachment, conditions) || route === undefined) return;
    if (policy.spec.mergeType !== undefined) mergedStatus(policy, route);
    else if (isInvalid(policy)) for (const c of conditions()) refuse(c, policy.invalid);
    for (const c of conditions()) accept(c, policy);
    const rules = target.sectionName === undefined ? rulesWithOwnPolicy(target.resource) : [];
    if (rules.length > 0) {
      const message = `This policy is being overridden by other ${words.ofRules} for these route rules: [${rules.join(' ')}]`;
      for (const c of conditions()) c.set('Overridden', 'True', 'Overridden', message);
    }
  };

  const attachedRules = groupBy(
    attachments.filter(
      (a) =>
        !isOwnerKind(a.target.kind) && a.target.sectionName !== undefined && a.outcome.kind === 'attached',
    ),
    ({ target }) => target.resource,
  );
  const rulesWithOwnPolicy = (resource: string): string[] =>
    (attachedRules.get(resource) ?? []).map(({ target }) => target.sectionName!).sort(compareText);

  const mergedStatus = (policy: P, route: RouteContext): void => {
    for (const { gateway, listener, above } of placesOf(policy, route)) {
      const conditions = () => under(policy, listener.owner, gateway, listener.spec.name);
      if (above === undefined) {
        if (isInvalid(policy)) refuse(conditions(), policy.invalid);
        continue;
      }
      const { policy: parent, merged: result } = above;
      switch (result.kind) {
        case 'merged':
          conditions().set('Merged', 'True', 'Merged', `Merged with policy ${keyOf(parent)}`);
          break;
        case 'invalid':
          refuse(conditions(), result.messages);
          if (!isInvalid(policy) && !isInvalid(parent))
            diagnostics.push(badMerge(policy, parent, result.messages));
          break;
        case 'unsupported':
          // The schema has already reported it with its position.
          refuse(conditions(), [result.message]);
      }
    }
  };

  const onOwner = (attachment: Attachment<P>): void => {
    const { policy, target } = attachment;
    const parent = parents.get(target.resource);
    const conditions = (): Conditions => under(policy, parent!.resource, parent!.gateway, target.sectionName);
    if (!isAttached(attachment, () => [conditions()]) || parent === undefined) return;
    if (isInvalid(policy)) refuse(conditions(), policy.invalid);
    accept(conditions(), policy);
    const scope = scopeOf(target.resource, target.sectionName);
    const below = merged.direct(scope);
    const overriding = overrides.all(scope);
    tellBelow(conditions(), 'Merged', `merged by other ${words.others}`, describeScopes(below));
    tellBelow(
      conditions(),
      'Overridden',
      `overridden by other ${words.others}`,
      describeScopes(overriding, below),
    );
  };

  for (const pass of PASSES) {
    for (const attachment of attachments) {
      if (passOf(attachment) !== pass) continue;
      if (isOwnerKind(attachment.target.kind)) onOwner(attachment);
      else onRoute(attachment);
    }
  }
  return [...policies].sort(byAge).map(
    (policy): ResourceStatus => ({
      kind: policy.kind,
      namespace: policy.metadata.namespace,
      name: policy.metadata.name,
      ancestors: ancestorsOf(policy).list(),
    }),
  );
}

const refuse = (conditions: Conditions, messages: readonly string[]): void =>
  conditions.set('Accepted', 'False', 'Invalid', sentence(joinErrors(messages)));

/** Accepted unless a condition speaks against it already, and the warning that belongs to acceptance. */
function accept(conditions: Conditions, policy: MergingPolicy): void {
  if (!conditions.has('Accepted'))
    conditions.set('Accepted', 'True', 'Accepted', 'Policy has been accepted.');
  if (policy.spec.deprecatedTargetRef) {
    const message = 'spec.targetRef is deprecated, use spec.targetRefs instead';
    conditions.set('Warning', 'True', 'DeprecatedField', message);
  }
}

function tellBelow(conditions: Conditions, type: string, what: string, scopes: string): void {
  if (scopes === '') return;
  const message = `This policy is being ${what} for ${scopes}`;
  conditions.set(type, 'True', type, message);
}
