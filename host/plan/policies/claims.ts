/**
 * Who has which target. Of several policies for one target the oldest has it, the others come too late
 * (Gateway API, GEP-713). Only decisions, as data: what the status says about them is in policy-status.ts.
 */
import { addTo } from '../../basics/collections.ts';
import type { BackendTrafficPolicy } from '../../model/resources.ts';
import { byAge } from '../from.ts';
import type { ResolveTargets, Target, TargetingPolicy } from './targets.ts';

/** What became of a policy and one of its targets. */
export interface Attachment<P extends TargetingPolicy = BackendTrafficPolicy> {
  readonly policy: P;
  readonly target: Target;
  readonly outcome:
    | { readonly kind: 'attached' }
    /** There is no such resource. */
    | { readonly kind: 'no-target' }
    /** The resource is there, but has other sections: listeners or named rules. */
    | { readonly kind: 'no-section'; readonly sections: readonly string[] }
    /** An older policy has it. */
    | { readonly kind: 'taken'; readonly by: P };
}

/** Scopes are named by `scopeKey`. */
export interface Claims<P extends TargetingPolicy = BackendTrafficPolicy> {
  /** The policy of this very scope. */
  holder(scope: string): P | undefined;
  /** Those that wanted the scope and came too late. */
  late(scope: string): readonly Attachment<P>[];
}

/**
 * What a policy can be attached to: `Kind/namespace/name`, and for a listener or rule
 * `Kind/namespace/name#section`.
 */
export const scopeKey = (resource: string, section?: string): string =>
  section === undefined ? resource : `${resource}#${section}`;

const NONE: readonly never[] = [];

/**
 * Decides about every target of every policy, in order of precedence.
 * @param sectionsOf Listeners of a Gateway or named rules of a route (`Kind/namespace/name`); undefined:
 *   there is none.
 */
export function claimTargets<P extends TargetingPolicy>(
  policies: readonly P[],
  resolve: ResolveTargets,
  sectionsOf: (resource: string) => readonly string[] | undefined,
): { readonly claims: Claims<P>; readonly attachments: readonly Attachment<P>[] } {
  const holders = new Map<string, P>();
  const late = new Map<string, Attachment<P>[]>();
  const decide = (policy: P, target: Target): Attachment<P> => {
    const { sectionName } = target;
    const sections = sectionsOf(target.resource);
    if (sections === undefined) return { policy, target, outcome: { kind: 'no-target' } };
    if (sectionName !== undefined && !sections.includes(sectionName))
      return { policy, target, outcome: { kind: 'no-section', sections } };
    const scope = scopeKey(target.resource, sectionName);
    const by = holders.get(scope);
    if (by === undefined) {
      holders.set(scope, policy);
      return { policy, target, outcome: { kind: 'attached' } };
    }
    const attachment: Attachment<P> = { policy, target, outcome: { kind: 'taken', by } };
    addTo(late, scope, attachment);
    return attachment;
  };
  const attachments = [...policies]
    .sort(byAge)
    .flatMap((policy) => resolve(policy).map((target) => decide(policy, target)));
  return {
    claims: { holder: (scope) => holders.get(scope), late: (scope) => late.get(scope) ?? NONE },
    attachments,
  };
}
