/**
 * What routes share: parents, and of HTTPRoute and GRPCRoute host names, rules with filters and weighted
 * backends.
 */

import type { Path } from '../basics/path.ts';
import { GATEWAY_GROUP } from '../model/groups.ts';
import type { BackendRef, ParentRef } from '../model/resources.ts';
import { checkFilters, checkPort } from './route-filter-rules.ts';
import { backendObjectShape, filterSchema, toFilters } from './route-filters.ts';
import { checkSession, sessionSchema } from './session-persistence.ts';
import { asList, asObject, asText, type Report } from './words/findings.ts';
import { group, hostname, kindName, labelName, objectName, port, refName } from './words/names.ts';
import { eachDuplicate } from './words/rules.ts';
import { integer, list, object, untranslated } from './words/shape.ts';

export const parentShape = {
  parentRefs: list(
    object({
      group: group().optional(),
      kind: kindName().optional(),
      namespace: labelName().optional(),
      name: refName(),
      sectionName: objectName().optional(),
      port: port().optional(),
    }),
    0,
    32,
  ).optional(),
  useDefaultGateways: untranslated(),
};
export const routeShape = { ...parentShape, hostnames: list(hostname(), 0, 16).optional() };
export const ruleShape = {
  name: objectName().optional(),
  filters: list(filterSchema, 0, 16).optional(),
  backendRefs: list(
    object({
      ...backendObjectShape,
      weight: integer(0, 1_000_000).optional(),
      filters: list(filterSchema, 0, 16).optional(),
    }),
    0,
    16,
  ).optional(),
  sessionPersistence: sessionSchema.optional(),
};
const checkedRoute = object(routeShape);
const checkedRule = object(ruleShape);

/** The rules of the API that go across fields; on raw values, so that all are found in one run. */
export function checkRoute(raw: unknown, grpc: boolean, report: Report): void {
  const spec = asObject(raw);
  checkParents(spec?.parentRefs, report);
  checkRuleNames(spec?.rules, report);
  let matches = 0;
  for (const [i, entry] of asList(spec?.rules).entries()) {
    const rule = asObject(entry);
    if (rule === undefined) continue;
    const path = ['spec', 'rules', i];
    matches += asList(rule.matches).length;
    checkFilters(rule.filters, [...path, 'filters'], grpc, report);
    const backends = asList(rule.backendRefs);
    for (const [j, ref] of backends.entries()) {
      checkPort(ref, [...path, 'backendRefs', j], report);
      checkFilters(asObject(ref)?.filters, [...path, 'backendRefs', j, 'filters'], grpc, report);
    }
    const redirect = asList(rule.filters).findIndex((f) => asObject(f)?.type === 'RequestRedirect');
    if (redirect >= 0 && backends.length > 0) {
      report.error([...path, 'filters', redirect, 'type'], {
        code: 'filter-conflict',
        message: 'The filter RequestRedirect is not allowed with backendRefs.',
        rule: 'A rule that redirects sends nothing upstream: it must have no backendRefs.',
        hint: 'Remove backendRefs or the redirect.',
      });
    }
    checkPrefixReplacement(rule, path, report);
    checkSession(rule.sessionPersistence, [...path, 'sessionPersistence'], report);
  }
  if (matches > 128) {
    report.error(['spec', 'rules'], {
      code: 'list-length',
      message: `The rules have ${matches} matches together.`,
      value: matches,
      rule: 'The rules of a route may have at most 128 matches together.',
      hint: 'Make it two routes.',
    });
  }
}

export function checkRuleNames(rules: unknown, report: Report): void {
  eachDuplicate(
    asList(rules).map((rule) => asText(asObject(rule)?.name)),
    (name) => name,
    (i, first, name) =>
      report.error(['spec', 'rules', i, 'name'], {
        code: 'rule-duplicate',
        message: `The rule name ${name} is taken by spec.rules[${first}].`,
        value: name,
        rule: 'The rules of a route must have different names.',
        hint: 'Rename one of the two.',
      }),
  );
}

/** Two references to one parent must differ in section or port, and then both must have one. */
export function checkParents(raw: unknown, report: Report): void {
  const seen = new Map<string, { index: number; section: string }[]>();
  for (const [i, entry] of asList(raw).entries()) {
    const ref = asObject(entry);
    if (typeof ref?.name !== 'string') continue;
    const key = JSON.stringify([ref.group ?? null, ref.kind ?? null, ref.namespace ?? '', ref.name]);
    const section = JSON.stringify([ref.sectionName ?? '', ref.port ?? 0]);
    const others = seen.get(key) ?? [];
    const none = '["",0]';
    const clash = others.find((o) => o.section === section || o.section === none || section === none);
    if (clash !== undefined) {
      report.error(['spec', 'parentRefs', i, 'name'], {
        code: 'parent-duplicate',
        message: `This refers to the same parent as spec.parentRefs[${clash.index}].`,
        value: ref.name,
        rule: 'Several references to one parent must each have a different sectionName or port.',
        hint: 'Add sectionName, or remove one of the two.',
      });
    }
    seen.set(key, [...others, { index: i, section }]);
  }
}

/** Replacing a matched prefix needs to know which: exactly one match, of type PathPrefix. */
function checkPrefixReplacement(rule: Readonly<Record<string, unknown>>, path: Path, report: Report): void {
  const places: Path[] = [[...path, 'filters']];
  const lists = [asList(rule.filters)];
  for (const [j, ref] of asList(rule.backendRefs).entries()) {
    places.push([...path, 'backendRefs', j, 'filters']);
    lists.push(asList(asObject(ref)?.filters));
  }
  const matches = rule.matches;
  const only = asObject(asObject(asList(matches)[0])?.path);
  const defaultMatch = matches === undefined;
  const good =
    defaultMatch ||
    (asList(matches).length === 1 && (only === undefined || (only.type ?? 'PathPrefix') === 'PathPrefix'));
  if (good) return;
  for (const [l, filters] of lists.entries()) {
    for (const [i, filter] of filters.entries()) {
      for (const field of ['requestRedirect', 'urlRewrite']) {
        const edit = asObject(asObject(asObject(filter)?.[field])?.path);
        if (edit?.replacePrefixMatch === undefined) continue;
        report.error([...places[l]!, i, field, 'path', 'replacePrefixMatch'], {
          code: 'filter-conflict',
          message: 'replacePrefixMatch has no single prefix to replace.',
          value: edit.replacePrefixMatch,
          rule: 'With replacePrefixMatch, the rule must have exactly one match, of path type PathPrefix.',
          hint: 'Split the rule, one match each.',
        });
      }
    }
  }
}

export const toParents = (refs: ReturnType<typeof checkedRoute.parse>['parentRefs']): ParentRef[] =>
  (refs ?? []).map((ref) => ({
    ...ref,
    group: ref.group ?? GATEWAY_GROUP,
    kind: ref.kind ?? 'Gateway',
  }));

type CheckedRule = ReturnType<typeof checkedRule.parse>;
export const toBackends = (refs: CheckedRule['backendRefs']): BackendRef[] =>
  (refs ?? []).map((ref) => ({
    ...ref,
    group: ref.group ?? '',
    kind: ref.kind ?? 'Service',
    weight: ref.weight ?? 1,
    filters: toFilters(ref.filters ?? []),
  }));
