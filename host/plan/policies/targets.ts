/**
 * The targets of a policy: its targetRefs, and what its targetSelectors find (labels, expressions,
 * namespaces, ReferenceGrants). Which policy wins is decided elsewhere.
 */

import { addTo } from '../../basics/collections.ts';
import type { Path } from '../../basics/path.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { ENVOY_GATEWAY_GROUP, GATEWAY_GROUP, OWNER_KINDS, ROUTE_KINDS } from '../../model/groups.ts';
import type {
  AnyRoute,
  BackendTrafficPolicy,
  ClientTrafficPolicy,
  ListenerOwner,
  Namespace,
  PolicyTargetSelector,
  SecurityPolicy,
} from '../../model/resources.ts';
import type { Permits } from '../attach/grants.ts';
import { matchesLabels, namespaceLabels } from '../attach/selectors.ts';
import { about, byAge, keyOf } from '../from.ts';
import { scopeKey } from './claims.ts';

/** Policies of Envoy Gateway that are attached in this way. */
export type TargetingPolicy = BackendTrafficPolicy | ClientTrafficPolicy | SecurityPolicy;
type TargetKind = ListenerOwner['kind'] | AnyRoute['kind'];
export interface Target {
  readonly kind: TargetKind;
  readonly namespace: string;
  readonly name: string;
  /** `Kind/namespace/name`. */
  readonly resource: string;
  /** A listener of the Gateway or ListenerSet, or a rule of the route. */
  readonly sectionName?: string;
  /** Position of the reference in the policy. */
  readonly path: Path;
}

type Candidate = ListenerOwner | AnyRoute;
const KINDS: ReadonlySet<string> = new Set([...OWNER_KINDS, ...ROUTE_KINDS]);

/** Targets of a policy: those of selectors first, by age; each once. */
export type ResolveTargets = (policy: TargetingPolicy) => readonly Target[];

export function targetResolver(
  candidates: readonly Candidate[],
  namespaces: readonly Namespace[],
  permits: Permits,
  diagnostics: Diagnostic[],
): ResolveTargets {
  const select = selectorOf(candidates, namespaces, permits, diagnostics);
  return (policy) => {
    const targets: Target[] = [];
    const seen = new Set<string>();
    const add = (target: Omit<Target, 'resource'>): void => {
      const resource = `${target.kind}/${target.namespace}/${target.name}`;
      const key = scopeKey(resource, target.sectionName);
      if (seen.has(key)) return;
      seen.add(key);
      targets.push({ ...target, resource });
    };
    policy.spec.targetSelectors.forEach((selector, i) => {
      const path = ['spec', 'targetSelectors', i];
      for (const found of select(policy, selector, path)) {
        const { namespace, name } = found.metadata;
        add({ kind: found.kind, namespace, name, path });
      }
    });
    policy.spec.targetRefs.forEach((ref, i) => {
      const path =
        policy.spec.deprecatedTargetRef && i === 0 ? ['spec', 'targetRef'] : ['spec', 'targetRefs', i];
      // Other kinds have no effect; the schema has reported them.
      if (!isKind(ref.kind)) return;
      add({
        kind: ref.kind,
        namespace: policy.metadata.namespace,
        name: ref.name,
        sectionName: ref.sectionName,
        path,
      });
    });
    return targets;
  };
}

const isKind = (kind: string): kind is TargetKind => KINDS.has(kind);

function selectorOf(
  candidates: readonly Candidate[],
  namespaces: readonly Namespace[],
  permits: Permits,
  diagnostics: Diagnostic[],
) {
  const labelsOf = namespaceLabels(namespaces);
  const index = labelIndex(candidates);
  return (policy: TargetingPolicy, selector: PolicyTargetSelector, path: Path): Candidate[] => {
    const { namespace: own } = policy.metadata;
    const inNamespace = (namespace: string): boolean => {
      const { from, selector: wanted } = selector.namespaces;
      if (from === 'All') return true;
      if (from === 'Same') return namespace === own;
      return wanted !== undefined && matchesLabels(wanted, labelsOf(namespace));
    };
    const matching = index(selector).filter(
      (c) => inNamespace(c.metadata.namespace) && matchesLabels(selector, c.metadata.labels),
    );
    const found = matching.filter((c) =>
      permits(
        { group: ENVOY_GATEWAY_GROUP, kind: policy.kind, namespace: own },
        { group: GATEWAY_GROUP, kind: c.kind, namespace: c.metadata.namespace, name: c.metadata.name },
      ),
    );
    if (found.length < matching.length) {
      const refused = matching.find((c) => !found.includes(c))!;
      diagnostics.push(
        about(
          policy,
          path,
          'warning',
          'target-not-permitted',
          `${refused.kind} ${keyOf(refused)} matches, but lies in another namespace that does not let this policy in.`,
          {
            hint: `Add a ReferenceGrant in namespace ${refused.metadata.namespace} from ${policy.kind} of ${own} to ${refused.kind}.`,
            notes: [{ message: 'This one is left out', at: refused.at('metadata', 'name') }],
            missing: { kind: 'ReferenceGrant', namespace: refused.metadata.namespace },
          },
        ),
      );
    } else if (found.length === 0) {
      diagnostics.push(
        about(
          policy,
          path,
          'warning',
          'selector-empty',
          `The selector matches no ${selector.kind}, so it has no effect.`,
          {
            hint: 'Compare its labels with metadata.labels of the targets; another namespace needs namespaces: {from: All}.',
            missing: { kind: selector.kind },
          },
        ),
      );
    }
    return found;
  };
}

/**
 * Candidates by kind and label, in order of age: a selector looks only at those that have one of its labels.
 */
export function labelIndex(
  candidates: readonly Candidate[],
): (selector: PolicyTargetSelector) => readonly Candidate[] {
  let byLabel: Map<string, Candidate[]> | undefined;
  const build = (): Map<string, Candidate[]> => {
    const lists = new Map<string, Candidate[]>();
    for (const candidate of [...candidates].sort(byAge)) {
      addTo(lists, candidate.kind, candidate);
      for (const [key, value] of Object.entries(candidate.metadata.labels))
        addTo(lists, `${candidate.kind}|${key}=${value}`, candidate);
    }
    return lists;
  };
  return (selector) => {
    byLabel ??= build();
    let best = byLabel.get(selector.kind) ?? [];
    for (const [key, value] of Object.entries(selector.matchLabels)) {
      const list = byLabel.get(`${selector.kind}|${key}=${value}`) ?? [];
      if (list.length < best.length) best = list;
    }
    return best;
  };
}
