/**
 * Diagnostics about a policy and its targets: names that do not exist, sections, conflicts, merges that fail.
 */
import { groupBy } from '../../basics/collections.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { isOwnerKind } from '../../model/groups.ts';
import type { AnyRoute, ListenerOwner } from '../../model/resources.ts';
import { about, label } from '../from.ts';
import type { Hint } from '../hints.ts';
import { joinErrors, sentence } from '../status/conditions.ts';
import type { Attachment } from './claims.ts';
import type { MergingPolicy } from './effective-policy.ts';
import type { Target, TargetingPolicy } from './targets.ts';

export function badMerge(
  policy: MergingPolicy,
  above: MergingPolicy,
  messages: readonly string[],
): Diagnostic {
  return about(policy, ['spec', 'mergeType'], 'error', 'merge-failed', sentence(joinErrors(messages)), {
    value: policy.spec.mergeType,
    rule: 'mergeType is StrategicMerge or JSONMerge, and the merged spec must be valid as a whole.',
    notes: [{ message: `It is laid over ${label(above)}`, at: above.at('metadata', 'name') }],
  });
}

/** Why a policy that came too late has no say; the text of its condition. */
export function takenMessage({ policy, target }: Attachment<TargetingPolicy>): string {
  const { kind, namespace, name, sectionName } = target;
  const listener =
    kind === 'Gateway'
      ? `Listener ${namespace}/${name}`
      : `${kind === 'ListenerSet' ? 'Listener' : 'RouteRule'} ${name}`;
  const what = sectionName === undefined ? `${kind} ${name}` : `${listener}/${sectionName}`;
  return `Unable to target ${what}, another ${policy.kind} has already attached to it`;
}

/** `message`: the condition's text. `others`: how many more targets of this reference are taken. */
export function conflict(
  policy: TargetingPolicy,
  target: Target,
  message: string,
  holder: TargetingPolicy,
  others: number,
): Diagnostic {
  const more =
    others === 0 ? '' : ` (and ${others} more ${others === 1 ? 'target is' : 'targets are'} taken)`;
  return about(policy, target.path, 'error', 'policy-conflict', `${message}${more}.`, {
    value: target.name,
    rule: 'The older policy wins, then the first by namespace and name.',
    hint: 'Remove one of the two, or target another rule or listener (sectionName).',
    notes: [{ message: `${label(holder)} has it`, at: holder.at('metadata', 'name') }],
  });
}

/** `names`: the existing sections. */
export function unknownSection(
  policy: TargetingPolicy,
  target: Target,
  message: string,
  names: readonly string[],
  hint: Hint,
): Diagnostic {
  const ofGateway = isOwnerKind(target.kind);
  const sections = ofGateway ? 'listeners' : 'named rules';
  const otherwise = names.length === 0 ? `It has no ${sections}.` : `Its ${sections}: ${names.join(', ')}.`;
  return about(policy, [...target.path, 'sectionName'], 'error', 'section-unknown', `${message}.`, {
    value: target.sectionName,
    rule: ofGateway
      ? 'sectionName is the name of a listener.'
      : 'sectionName is spec.rules[].name of the route.',
    hint: hint(target.sectionName!, () => names, otherwise),
  });
}

type UnknownTarget = (policy: TargetingPolicy, target: Target) => Diagnostic;

/** `resources`: what can be targeted; indexed when the first unknown target comes. */
export function unknownTargets(resources: readonly (ListenerOwner | AnyRoute)[], hint: Hint): UnknownTarget {
  let names: ReturnType<typeof indexNames> | undefined;
  return (policy, { kind, namespace, name, path }) => {
    names ??= indexNames(resources);
    const namesakes = names.byName.get(name) ?? [];
    const elsewhere = namesakes.find((other) => other.kind === kind);
    const otherKind = namesakes.find((other) => other.metadata.namespace === namespace);
    let advice: string;
    if (elsewhere !== undefined) {
      advice = `${label(elsewhere)} exists in another namespace: a targetRef reaches only its policy's own.`;
    } else if (otherKind !== undefined) {
      advice = `${label(otherKind)} exists: check the kind.`;
    } else {
      const here = (names.byPlace.get(`${kind}/${namespace}`) ?? []).map((r) => r.metadata.name);
      advice = hint(name, () => here, `Add that ${kind}, or name one that exists.`);
    }
    return about(
      policy,
      [...path, 'name'],
      'warning',
      'target-unknown',
      `${kind} ${namespace}/${name} does not exist in the input, so the policy has no effect there.`,
      { value: name, hint: advice, missing: { kind, namespace, name } },
    );
  };
}

function indexNames(resources: readonly (ListenerOwner | AnyRoute)[]) {
  return {
    byName: groupBy(resources, ({ metadata }) => metadata.name),
    byPlace: groupBy(resources, ({ kind, metadata }) => `${kind}/${metadata.namespace}`),
  };
}
