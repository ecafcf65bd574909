/** The status of routes, from what attaching and reading them found. */

import { compareText } from '../../basics/text.ts';
import type { Parent, RouteContext } from '../attach/attach-routes.ts';
import type { ListenerContext } from '../attach/gateways.ts';
import type { RouteError } from '../routes/rule-filters.ts';
import type { RuleSet } from '../routes/rules.ts';
import { Conditions, joinErrors, type ResourceStatus, sentence } from './conditions.ts';

/** `overlapsOn`: names of routes with equal matches, by listener. */
export function routeStatus(
  { route, parents, key }: RouteContext,
  rules: RuleSet,
  overlapsOn: ReadonlyMap<ListenerContext, ReadonlyMap<string, ReadonlySet<string>>>,
): ResourceStatus {
  return {
    kind: route.kind,
    namespace: route.metadata.namespace,
    name: route.metadata.name,
    parents: parents.map((parent) => ({
      parentRef: parent.ref,
      controllerName: parent.gateway.controllerName,
      conditions: parentConditions(
        parent,
        rules,
        route.spec.rules.length,
        overlapNames(parent, key, overlapsOn),
      ),
    })),
  };
}

function parentConditions(
  { refusal }: Parent,
  { errors, dropped }: RuleSet,
  ruleCount: number,
  overlaps: readonly string[],
) {
  const conditions = new Conditions();
  if (refusal === undefined) conditions.set('Accepted', 'True', 'Accepted', 'Route is accepted');
  else conditions.set('Accepted', 'False', refusal.reason, refusal.message);
  const unaccepted = errors.filter((e) => e.condition === 'Accepted');
  if (unaccepted.length > 0) {
    const message = sentence(joinErrors(unaccepted.map((e) => e.message)));
    if (dropped.length === ruleCount) conditions.set('Accepted', 'False', reasonOf(unaccepted), message);
    else {
      const list = `Dropped Rule(s) [${dropped.join(' ')}]: ${message}`;
      conditions.set('PartiallyInvalid', 'True', reasonOf(unaccepted), list);
    }
  }
  for (const type of ['ResolvedRefs', 'BackendsAvailable'] as const) {
    const own = errors.filter((e) => e.condition === type);
    if (own.length > 0)
      conditions.set(type, 'False', reasonOf(own), sentence(joinErrors(own.map((e) => e.message))));
  }
  if (!conditions.has('ResolvedRefs')) {
    conditions.set(
      'ResolvedRefs',
      'True',
      'ResolvedRefs',
      'Resolved all the Object references for the Route',
    );
  }
  if (overlaps.length > 0) {
    const list = `Overlapping match conditions with route(s): ${overlaps.join(', ')}`;
    conditions.set('RouteRulesOverlap', 'True', 'RouteRulesOverlap', list);
  }
  return conditions.list();
}

const reasonOf = (errors: readonly RouteError[]): string =>
  [...new Set(errors.map((e) => e.reason))].sort(compareText).join(',');

function overlapNames(
  parent: Parent,
  key: string,
  overlapsOn: ReadonlyMap<ListenerContext, ReadonlyMap<string, ReadonlySet<string>>>,
): string[] {
  const names = new Set<string>();
  for (const { listener } of parent.listeners) {
    for (const name of overlapsOn.get(listener)?.get(key) ?? []) names.add(name);
  }
  return [...names].sort(compareText);
}
