/**
 * A policy as `check` shows it: what it targets, where it applies, which policies it overrides and which
 * override it. The plan says which policy holds on each route and which ones it overrides there; this turns
 * that round.
 */
import { addTo, groupBy } from '../basics/collections.ts';
import { compareText } from '../basics/text.ts';
import type {
  BackendTLSPolicy,
  BackendTrafficPolicy,
  ClientTrafficPolicy,
  LabelSelector,
  Model,
  SecurityPolicy,
} from '../model/resources.ts';
import type { From, Plan, PolicyInForce } from '../plan/types.ts';

export interface PolicyView {
  readonly targets: readonly string[];
  /** Names of the routes in the plan that it applies to. */
  readonly holdsFor: readonly string[];
  readonly overrides: readonly string[];
  readonly overriddenBy: readonly string[];
}

type Key = string;
const keyOf = ({ namespace, name }: Pick<From, 'namespace' | 'name'>): Key => `${namespace}/${name}`;

/** By `namespace/name`. */
export const policyViews = (model: Model, plan: Plan): Map<Key, PolicyView> =>
  viewsOf(
    model.policies,
    plan.listeners.flatMap(({ virtualHosts, connections }) => [
      ...virtualHosts.flatMap((host) => host.routes),
      ...(connections?.routes ?? []),
    ]),
  );

/** SecurityPolicies. */
export const securityViews = (model: Model, plan: Plan): Map<Key, PolicyView> =>
  viewsOf(
    model.securityPolicies,
    plan.listeners
      .flatMap(({ virtualHosts, connections }) => [
        ...virtualHosts.flatMap(({ routes }) => routes),
        ...(connections?.routes ?? []),
      ])
      .map(({ name, security: policy }) => ({ name, policy })),
  );

function viewsOf(
  policies: readonly (BackendTrafficPolicy | SecurityPolicy)[],
  routes: readonly { readonly name: string; readonly policy?: PolicyInForce | undefined }[],
): Map<Key, PolicyView> {
  const holds = groupBy(
    routes.filter(({ policy }) => policy !== undefined),
    ({ policy }) => keyOf(policy!),
  );
  const overrides = new Map<Key, Key[]>();
  const overriddenBy = new Map<Key, Key[]>();
  for (const [winner, held] of holds) {
    for (const loser of new Set(held.flatMap(({ policy }) => policy!.overrides.map(keyOf)))) {
      addTo(overrides, winner, loser);
      addTo(overriddenBy, loser, winner);
    }
  }
  const sorted = (keys: readonly Key[] | undefined): Key[] => [...(keys ?? [])].sort(compareText);
  return new Map(
    policies.map((policy) => {
      const key = keyOf(policy.metadata);
      const view: PolicyView = {
        targets: targetsOf(policy),
        holdsFor: (holds.get(key) ?? []).map(({ name }) => name),
        overrides: sorted(overrides.get(key)),
        overriddenBy: sorted(overriddenBy.get(key)),
      };
      return [key, view];
    }),
  );
}

/** ClientTrafficPolicies: they hold for listeners. */
export const clientViews = (model: Model, plan: Plan): Map<Key, Pick<PolicyView, 'targets' | 'holdsFor'>> => {
  const holds = groupBy(
    plan.listeners.filter(({ clients }) => clients !== undefined),
    ({ clients }) => keyOf(clients!.policy),
  );
  return new Map(
    model.clientPolicies.map((policy) => {
      const key = keyOf(policy.metadata);
      const holdsFor = (holds.get(key) ?? []).map(({ name }) => `listener ${name}`);
      return [key, { targets: targetsOf(policy), holdsFor }];
    }),
  );
};

export function targetsOf({
  metadata,
  spec,
}: BackendTrafficPolicy | ClientTrafficPolicy | SecurityPolicy): string[] {
  return [
    ...spec.targetRefs.map(
      ({ kind, name, sectionName }) =>
        `${kind} ${metadata.namespace}/${name}${sectionName === undefined ? '' : ` (${sectionName})`}`,
    ),
    ...spec.targetSelectors.map((selector) => `every ${selector.kind} with ${selectorText(selector)}`),
  ];
}

/** Its targets, each with the port that it names. */
export const tlsTargetsOf = ({ metadata, spec }: BackendTLSPolicy): string[] =>
  spec.targetRefs.map(
    ({ kind, name, sectionName }) =>
      `${kind} ${metadata.namespace}/${name}${sectionName === undefined ? '' : ` (${sectionName})`}`,
  );

function selectorText({ matchLabels, matchExpressions }: LabelSelector): string {
  const parts = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values }) => `${key} ${operator} ${values.join(', ')}`.trim()),
  ];
  return parts.length === 0 ? 'any labels' : parts.join(' and ');
}
