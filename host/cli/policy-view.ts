/**
 * A policy as a person asks about it: what it targets, where it holds, which policies it displaces and which displace
 * it. Joined from the model (targets), the plan (which policy holds on a route) and the conditions (Overridden).
 */
import type { BackendTrafficPolicy, LabelSelector, Model } from '../model/resources.ts';
import type { Condition, ResourceStatus } from '../plan/status/conditions.ts';
import type { Listener, Plan, Route } from '../plan/types.ts';

export type PolicyStatus = Extract<ResourceStatus, { kind: 'BackendTrafficPolicy' }>;

export interface PolicyView {
  readonly targets: readonly string[];
  /** Routes of the plan on which it is the policy, by name. */
  readonly holdsFor: readonly string[];
  readonly overrides: readonly string[];
  readonly overriddenBy: readonly string[];
}

type Key = string;
const keyOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): Key =>
  `${namespace}/${name}`;

export function policyViews(
  model: Model,
  plan: Plan,
  status: readonly ResourceStatus[],
): Map<Key, PolicyView> {
  const holds = new Map<Key, { listener: Listener; route: Route }[]>();
  for (const listener of plan.listeners) {
    for (const route of listener.virtualHosts.flatMap(({ routes }) => routes)) {
      if (route.policy === undefined) continue;
      const key = keyOf(route.policy);
      holds.set(key, [...(holds.get(key) ?? []), { listener, route }]);
    }
  }
  const displaced = status.flatMap((one) => (one.kind === 'BackendTrafficPolicy' ? displacedBy(one) : []));
  const policies = new Map(model.policies.map((policy) => [keyOf(policy.metadata), policy]));
  const overrides = new Map<Key, Set<Key>>();
  for (const [key, places] of holds) {
    for (const { listener, route } of places) {
      for (const { loser, names } of displaced) {
        const rules =
          policies.get(loser)?.spec.targetRefs.some(({ name }) => name === route.from.name) ?? false;
        const here =
          names.has(keyOf(route.from)) ||
          names.has(listener.name) ||
          (rules && rulesOf(policies.get(key), names));
        if (loser !== key && here) overrides.set(key, (overrides.get(key) ?? new Set()).add(loser));
      }
    }
  }
  return new Map(
    model.policies.map((policy) => {
      const key = keyOf(policy.metadata);
      const view: PolicyView = {
        targets: targetsOf(policy),
        holdsFor: (holds.get(key) ?? []).map(({ route }) => route.name),
        overrides: [...(overrides.get(key) ?? [])].sort(),
        overriddenBy: [...overrides].flatMap(([winner, losers]) => (losers.has(key) ? [winner] : [])).sort(),
      };
      return [key, view];
    }),
  );
}

const rulesOf = (policy: BackendTrafficPolicy | undefined, names: ReadonlySet<string>): boolean =>
  policy?.spec.targetRefs.some(({ sectionName }) => sectionName !== undefined && names.has(sectionName)) ??
  false;

/** Routes, listeners and rules that an Overridden condition lists in brackets: `… these routes: [default/a default/b]`. */
function displacedBy(status: PolicyStatus): { loser: Key; names: Set<string> }[] {
  const names = new Set<string>();
  for (const { type, message } of status.ancestors.flatMap(
    ({ conditions }): readonly Condition[] => conditions,
  )) {
    if (type !== 'Overridden') continue;
    for (const [, list = ''] of message.matchAll(/\[([^\]]*)\]/g)) {
      for (const name of list.split(/[\s,]+/)) if (name !== '') names.add(name);
    }
  }
  return names.size === 0 ? [] : [{ loser: keyOf(status), names }];
}

function targetsOf({ metadata, spec }: BackendTrafficPolicy): string[] {
  return [
    ...spec.targetRefs.map(
      ({ kind, name, sectionName }) =>
        `${kind} ${metadata.namespace}/${name}${sectionName === undefined ? '' : ` (${sectionName})`}`,
    ),
    ...spec.targetSelectors.map((selector) => `every ${selector.kind} with ${selectorText(selector)}`),
  ];
}

function selectorText({ matchLabels, matchExpressions }: LabelSelector): string {
  const parts = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values }) => `${key} ${operator} ${values.join(', ')}`.trim()),
  ];
  return parts.length === 0 ? 'any labels' : parts.join(' and ');
}
