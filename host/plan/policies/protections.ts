/**
 * Policies that restrict or protect and are not translated: whatever they target is closed. An error names
 * them, and with --keep-going the requests concerned answer 500. Without an effect on anything that is served
 * they are named in a warning.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { GATEWAY_GROUP } from '../../model/groups.ts';
import type { ModelIndex } from '../../model/index.ts';
import type { AnyRoute, Model, Protection, ProtectionRef } from '../../model/resources.ts';
import type { RouteContext } from '../attach/attach-routes.ts';
import {
  type GatewayContext,
  type ListenerContext,
  ownerKey,
  type ParentContext,
  parentsIn,
} from '../attach/gateways.ts';
import type { Permits } from '../attach/grants.ts';
import { matchesLabels, namespaceLabels } from '../attach/selectors.ts';
import { label } from '../from.ts';
import type { RuleContext } from '../routes/rules.ts';
import { scopesAbove } from './effective-policy.ts';
import { type Closed, closes, fateOf, titleOf, withoutEffect } from './protection-messages.ts';
import { labelIndex } from './targets.ts';

/** The rules of a route on a listener; those that a policy closes answer 500. */
export type Closing = (
  listener: ListenerContext,
  route: RouteContext,
  rules: readonly RuleContext[],
) => readonly RuleContext[];

/** What may be targeted, and the names under which a rule asks whether it is closed. */
interface Target extends Closed {
  readonly keys: readonly string[];
}

const open: Closing = (_, __, rules) => rules;

export function closing(
  model: Model,
  index: ModelIndex,
  gateways: readonly GatewayContext[],
  routes: readonly RouteContext[],
  permits: Permits,
  diagnostics: Diagnostic[],
): Closing {
  if (model.protections.length === 0) return open;
  const find = targetsOf(model, index, gateways, routes, permits);
  const closed = new Map<string, Protection>();
  for (const policy of model.protections) {
    const targets = find(policy);
    for (const key of targets.flatMap(({ keys }) => keys)) if (!closed.has(key)) closed.set(key, policy);
    diagnostics.push(targets.length === 0 ? withoutEffect(policy) : closes(policy, targets));
  }
  return (listener, route, rules) =>
    rules.map((rule) => {
      const policy = keysOf(listener, route, rule).flatMap((key) => closed.get(key) ?? [])[0];
      if (policy === undefined) return rule;
      const because = `${titleOf(policy)} is ${fateOf(policy)}: without it the requests would be ${policy.spec.open}`;
      return { ...rule, respond: { status: 500, because } };
    });
}

/** What a rule is closed by: its route, its listener, and the backends that it sends to. */
function keysOf(listener: ListenerContext, { key, route }: RouteContext, rule: RuleContext): string[] {
  return [
    `${key}#${rule.name ?? ''}`,
    key,
    `listener ${listener.name}`,
    ...scopesAbove(listener),
    ...backendsOf(route, rule.index),
  ];
}

/** Of a rule and its mirrors, with and without the port. */
function backendsOf({ spec, metadata }: AnyRoute, index: number): string[] {
  const { backendRefs, filters } = spec.rules[index]!;
  const mirrored = filters.flatMap((f) => (f.type === 'RequestMirror' ? [f.requestMirror.backendRef] : []));
  return [...backendRefs, ...mirrored].flatMap(({ kind, namespace, name, port }) => {
    const key = `${kind}/${namespace ?? metadata.namespace}/${name}`;
    return port === undefined ? [key] : [key, `${key}:${port}`];
  });
}

function targetsOf(
  model: Model,
  index: ModelIndex,
  gateways: readonly GatewayContext[],
  routes: readonly RouteContext[],
  permits: Permits,
): (policy: Protection) => Target[] {
  const labelsOf = namespaceLabels(model.namespaces);
  const parents = parentsIn(gateways);
  const parentOf = new Map(parents.map((parent) => [ownerKey(parent.resource), parent]));
  const routeOf = new Map(routes.map((route) => [route.key, route]));
  const used = new Set(
    routes.flatMap(({ route }) => route.spec.rules.flatMap((_, i) => backendsOf(route, i))),
  );

  const ofParent = ({ resource, listeners }: ParentContext, section?: string): Target => {
    const listener = listeners.find(({ spec }) => spec.name === section);
    return listener === undefined
      ? { resource, name: label(resource), keys: [ownerKey(resource)] }
      : { resource, name: `listener ${section} of ${label(resource)}`, keys: [`listener ${listener.name}`] };
  };
  const ofRoute = ({ key, route }: RouteContext, section?: string): Target =>
    section !== undefined && route.spec.rules.some(({ name }) => name === section)
      ? { resource: route, name: `rule ${section} of ${label(route)}`, keys: [`${key}#${section}`] }
      : { resource: route, name: label(route), keys: [key] };
  const ofBackend = (kind: string, namespace: string, name: string, section?: string): Target[] => {
    const ports = index.service(namespace, name)?.spec.ports ?? [];
    const port = kind === 'Service' ? ports.find((one) => one.name === section)?.port : undefined;
    const key = `${kind}/${namespace}/${name}${port === undefined ? '' : `:${port}`}`;
    return used.has(key) ? [{ resource: undefined, name: `${kind} ${namespace}/${name}`, keys: [key] }] : [];
  };

  /** A section that does not exist leaves all of its target: in doubt it is closed. */
  const named = (policy: Protection, { kind, name, sectionName, ...ref }: ProtectionRef): Target[] => {
    const namespace = ref.namespace ?? policy.metadata.namespace;
    if (kind === 'GatewayClass')
      return parents
        .filter(({ resource }) => resource.kind === 'Gateway' && resource.spec.gatewayClassName === name)
        .map((one) => ofParent(one));
    if (kind === 'Service' || kind === 'Backend') return ofBackend(kind, namespace, name, sectionName);
    const parent = parentOf.get(`${kind}/${namespace}/${name}`);
    if (parent !== undefined) return [ofParent(parent, sectionName)];
    const route = routeOf.get(`${kind}/${namespace}/${name}`);
    return route === undefined ? [] : [ofRoute(route, sectionName)];
  };
  const candidates = labelIndex([
    ...parents.map(({ resource }) => resource),
    ...routes.map(({ route }) => route),
  ]);
  const selected = (policy: Protection): Target[] =>
    policy.spec.targetSelectors.flatMap((selector) => {
      const { namespace: own } = policy.metadata;
      const { from, selector: wanted } = selector.namespaces!;
      const refGroup = policy.apiVersion.slice(0, policy.apiVersion.indexOf('/'));
      const referrer = { group: refGroup, kind: policy.kind.replace(' (refused)', ''), namespace: own };
      const inside = (namespace: string): boolean =>
        from === 'All' || (from === 'Same' ? namespace === own : matchesLabels(wanted!, labelsOf(namespace)));
      return candidates(selector)
        .filter(({ metadata }) => inside(metadata.namespace) && matchesLabels(selector, metadata.labels))
        .filter(({ kind, metadata: { namespace, name } }) =>
          permits(referrer, { group: GATEWAY_GROUP, kind, namespace, name }),
        )
        .flatMap(({ kind, metadata: { name, namespace } }) => named(policy, { kind, name, namespace }));
    });
  const all = ({ kind, spec: { everything } }: Protection): Target[] => {
    if (everything === undefined) return [];
    const inside = (namespace: string | undefined): boolean =>
      everything.namespace === undefined || namespace === everything.namespace;
    if (kind === 'BackendTLSPolicy (refused)')
      return [...used]
        .filter((key) => inside(key.split('/')[1]))
        .map((key) => ({ resource: undefined, name: key, keys: [key] }));
    return [
      ...parents.filter(({ resource }) => inside(resource.metadata.namespace)).map((one) => ofParent(one)),
      ...routes.filter(({ route }) => inside(route.metadata.namespace)).map((one) => ofRoute(one)),
    ];
  };
  return (policy) => [
    ...policy.spec.targetRefs.flatMap((ref) => named(policy, ref)),
    ...selected(policy),
    ...all(policy),
  ];
}
