/** What a policy of Envoy Gateway attaches to: targetRefs, targetSelectors and the deprecated targetRef. */

import { given } from '../../basics/collections.ts';
import type { Path } from '../../basics/path.ts';
import type { Locate } from '../../diagnostics/diagnostic.ts';
import { nearestName } from '../../diagnostics/nearest.ts';
import { GATEWAY_GROUP, OWNER_KINDS, ROUTE_KINDS } from '../../model/groups.ts';
import type { PolicyTargetSelector } from '../../model/resources.ts';
import { asList, asObject, type Report } from '../words/findings.ts';
import { group, kindName, objectName, refName } from '../words/names.ts';
import {
  checkNamespaces,
  checkSelector,
  selectorSchema,
  selectorShape,
  toSelector,
} from '../words/selector.ts';
import { list, object, oneOf } from '../words/shape.ts';

const routeKinds: readonly string[] = ROUTE_KINDS;
/** What a kind of policies may target. */
interface Targetable {
  readonly kinds: readonly string[];
  /** As a sentence's end. */
  readonly words: string;
  readonly otherwise: string;
  readonly example: string;
  /** An unknown mergeType refuses the policy. */
  readonly strictMerge?: true;
}
const BACKEND_TRAFFIC: Targetable = {
  kinds: [...OWNER_KINDS, ...routeKinds],
  words: 'Gateways, ListenerSets and routes',
  otherwise: 'Target the route that sends to it.',
  example: 'kind: HTTPRoute, name: my-route',
};
export const CLIENT_TRAFFIC: Targetable = {
  kinds: OWNER_KINDS,
  words: 'Gateways and ListenerSets',
  otherwise: 'Target the Gateway or ListenerSet; sectionName names one of its listeners.',
  example: 'kind: Gateway, name: my-gateway',
};

export const SECURITY: Targetable = {
  kinds: [...OWNER_KINDS, 'HTTPRoute', 'GRPCRoute', 'TCPRoute'],
  words: 'Gateways, ListenerSets, HTTPRoutes, GRPCRoutes and TCPRoutes',
  otherwise: 'Target the route that sends to it.',
  example: 'kind: HTTPRoute, name: my-route',
  strictMerge: true,
};

const targetRef = object({
  group: group(),
  kind: kindName(),
  name: refName(),
  sectionName: objectName().optional(),
});
export const targetShape = {
  targetRef: targetRef.optional(),
  targetRefs: list(targetRef).optional(),
  targetSelectors: list(
    object({
      group: group().optional(),
      kind: kindName(),
      ...selectorShape,
      namespaces: object({
        from: oneOf(['All', 'Same', 'Selector']).optional(),
        selector: selectorSchema.optional(),
      }).optional(),
    }),
  ).optional(),
};
const checkedTargets = object(targetShape);
type Checked = ReturnType<typeof checkedTargets.parse>;

export function checkTargets(raw: unknown, report: Report, what: Targetable = BACKEND_TRAFFIC): void {
  const spec = asObject(raw);
  if (spec === undefined) return;
  const { targetRef: one, targetRefs: many, targetSelectors, mergeType } = spec;
  const selectors = asList(targetSelectors);
  if (one !== undefined && many !== undefined && selectors.length === 0) {
    report.error(['spec', 'targetRef'], {
      code: 'field-conflict',
      message: 'The policy has targetRef and targetRefs.',
      rule: 'targetRef is the old name of targetRefs: a policy may have one of the two.',
      hint: 'Move targetRef into targetRefs.',
      point: 'key',
    });
  } else if (one === undefined && many === undefined && selectors.length === 0) {
    report.error(['spec', 'targetRefs'], {
      code: 'field-missing',
      message: 'The policy has no target.',
      rule: 'A policy must have targetRefs or targetSelectors.',
      hint: `Add targetRefs, as [{group: ${GATEWAY_GROUP}, ${what.example}}].`,
    });
  }
  if (one !== undefined) {
    report.warning(['spec', 'targetRef'], {
      code: 'field-deprecated',
      message: 'spec.targetRef is deprecated.',
      hint: 'Use spec.targetRefs.',
      point: 'key',
    });
  }
  const refs: [Path, unknown][] = [
    ...(one === undefined ? [] : [[['spec', 'targetRef'], one] as [Path, unknown]]),
    ...asList(many).map((ref, i): [Path, unknown] => [['spec', 'targetRefs', i], ref]),
  ];
  for (const [path, ref] of refs) checkTarget(asObject(ref), path, mergeType, false, what, report);
  for (const [i, selector] of selectors.entries()) {
    const path = ['spec', 'targetSelectors', i];
    checkTarget(asObject(selector), path, mergeType, true, what, report);
    checkSelector(selector, path, report);
    checkNamespaces(asObject(selector)?.namespaces, [...path, 'namespaces'], report);
  }
  checkMergeType(mergeType, what, report);
}

function checkTarget(
  ref: Readonly<Record<string, unknown>> | undefined,
  path: Path,
  mergeType: unknown,
  selector: boolean,
  { kinds, words, otherwise }: Targetable,
  report: Report,
): void {
  if (ref === undefined) return;
  const { kind, group: named } = ref;
  if (typeof named === 'string' && named !== GATEWAY_GROUP) {
    report.error([...path, 'group'], {
      code: 'target-invalid',
      message: `group must be ${GATEWAY_GROUP}, not ${JSON.stringify(named)}.`,
      value: named,
      rule: `A policy can only target kinds of the group ${GATEWAY_GROUP}.`,
      hint: `Write group: ${GATEWAY_GROUP}.`,
    });
  }
  if (typeof kind !== 'string') return;
  if (!selector && !kinds.includes(kind)) {
    const near = nearestName(kind, kinds);
    report.error([...path, 'kind'], {
      code: 'target-invalid',
      message: `kind must be one of ${kinds.join(', ')}, not ${JSON.stringify(kind)}.`,
      value: kind,
      rule: `A policy can only target ${words}.`,
      hint: near === undefined ? otherwise : `Did you mean ${near}?`,
    });
  } else if (!kinds.includes(kind)) {
    report.warning([...path, 'kind'], {
      code: 'target-not-translated',
      message: `A policy for ${kind} has no effect: Loadstar does not translate ${kind}.`,
      value: kind,
      rule: `Translated targets are ${kinds.join(', ')}.`,
    });
  }
  if (mergeType !== undefined && !routeKinds.includes(kind)) {
    report.error(['spec', 'mergeType'], {
      code: 'field-conflict',
      message: `mergeType is set in a policy for a ${kind}.`,
      value: mergeType,
      rule: 'mergeType is for policies whose targets are all routes: these merge into the policy of their Gateway.',
      hint: 'Remove mergeType, or target routes only.',
    });
  }
}

export const mergeTypes = ['StrategicMerge', 'JSONMerge'] as const;

/**
 * The API takes any word but Replace; a word it does not know only fails where there is something to merge
 * with.
 */
function checkMergeType(mergeType: unknown, { strictMerge }: Targetable, report: Report): void {
  if (typeof mergeType !== 'string' || (mergeTypes as readonly string[]).includes(mergeType)) return;
  const near = nearestName(mergeType, mergeTypes);
  const finding = {
    code: 'merge-type-unknown',
    message: `mergeType must be one of ${mergeTypes.join(', ')}, not ${JSON.stringify(mergeType)}.`,
    value: mergeType,
    rule: `mergeType must be one of ${mergeTypes.join(', ')}.`,
    hint: near === undefined ? 'Without mergeType the policy is not merged.' : `Did you mean ${near}?`,
  };
  if (strictMerge || mergeType === 'Replace') report.error(['spec', 'mergeType'], finding);
  else report.warning(['spec', 'mergeType'], finding);
}

/** Positions in a policy: the deprecated targetRef is the first of the model's targetRefs. */
export const atTargetRef =
  (at: Locate, deprecated: boolean): Locate =>
  (...path) =>
    deprecated && path[0] === 'spec' && path[1] === 'targetRefs' && typeof path[2] === 'number'
      ? path[2] === 0
        ? at('spec', 'targetRef', ...path.slice(3))
        : at('spec', 'targetRefs', path[2] - 1, ...path.slice(3))
      : at(...path);

export const toTargets = ({ targetRef: one, targetRefs = [], targetSelectors = [] }: Checked) => ({
  targetRefs: one === undefined ? targetRefs : [one, ...targetRefs],
  targetSelectors: targetSelectors.map(
    ({ group: named, kind, namespaces, ...selector }): PolicyTargetSelector => ({
      group: named ?? GATEWAY_GROUP,
      kind,
      ...toSelector(selector),
      namespaces: { from: namespaces?.from ?? 'Same', selector: given(namespaces?.selector, toSelector) },
    }),
  ),
  deprecatedTargetRef: one !== undefined,
});
