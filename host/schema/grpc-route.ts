/** GRPCRoute (Gateway API v1): matches on service and method names and on headers. */
import { given } from '../basics/collections.ts';
import { GATEWAY_GROUP } from '../model/groups.ts';
import type { GRPCRouteMatch, RouteRule } from '../model/resources.ts';
import { toFilters } from './route-filters.ts';
import { checkRoute, routeShape, ruleShape, toBackends, toParents } from './route-shape.ts';
import { toSession } from './session-persistence.ts';
import { check } from './words/check.ts';
import { asList, asObject, type Report } from './words/findings.ts';
import { adviseHeaderName } from './words/header-advice.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { headerName } from './words/names.ts';
import { list, object, oneOf, text } from './words/shape.ts';

const schema = object({
  ...envelope,
  spec: object({
    ...routeShape,
    rules: list(
      object({
        ...ruleShape,
        matches: list(
          object({
            method: object({
              type: oneOf(['Exact', 'RegularExpression']).optional(),
              service: text({ max: 1024 }).optional(),
              method: text({ max: 1024 }).optional(),
            }).optional(),
            headers: list(
              object({
                type: oneOf(['Exact', 'RegularExpression']).optional(),
                name: headerName(),
                value: text({ min: 1, max: 4096 }),
              }),
              0,
              16,
            ).optional(),
          }),
          0,
          64,
        ).optional(),
      }),
      0,
      16,
    ).optional(),
  }),
});

export const grpcRoute: Kind = {
  group: GATEWAY_GROUP,
  kind: 'GRPCRoute',
  versions: ['v1'],
  clusterScoped: false,
  schema,
  read(document, report) {
    const raw = document.value.spec;
    checkRoute(raw, true, report);
    checkMethods(asObject(raw)?.rules, report);
    const data = check(schema, document.value, report);
    if (data === undefined || report.refused) return undefined;
    const { parentRefs, hostnames = [], rules = [] } = data.spec;
    return {
      kind: 'GRPCRoute',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: {
        parentRefs: toParents(parentRefs),
        hostnames,
        rules: rules.map(toRule),
      },
      at: document.at,
      order: document.order,
    };
  },
};

type CheckedRule = NonNullable<ReturnType<typeof schema.parse>['spec']['rules']>[number];

function toRule(rule: CheckedRule): RouteRule<GRPCRouteMatch> {
  const { name, matches = [], filters = [], backendRefs, sessionPersistence } = rule;
  return {
    name,
    matches: matches.map(({ method, headers = [] }) => ({
      method: given(method, (names) => ({ ...names, type: names.type ?? 'Exact' })),
      headers: headers.map((h) => ({ ...h, type: h.type ?? 'Exact' })),
    })),
    filters: toFilters(filters),
    backendRefs: toBackends(backendRefs),
    session: given(sessionPersistence, toSession),
  };
}

const patterns = {
  service: {
    pattern: /^\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$/i,
    rule: 'a service name, as foo.bar.Greeter',
  },
  method: { pattern: /^[A-Za-z_][A-Za-z_0-9]*$/, rule: 'a method name, as SayHello' },
};

function checkMethods(raw: unknown, report: Report): void {
  for (const [i, rule] of asList(raw).entries()) {
    for (const [j, match] of asList(asObject(rule)?.matches).entries()) {
      for (const [k, header] of asList(asObject(match)?.headers).entries())
        adviseHeaderName(
          asObject(header)?.name,
          ['spec', 'rules', i, 'matches', j, 'headers', k, 'name'],
          report,
        );
      const method = asObject(asObject(match)?.method);
      if (method === undefined) continue;
      const path = ['spec', 'rules', i, 'matches', j, 'method'];
      if (method.service === undefined && method.method === undefined) {
        report.error(path, {
          code: 'field-missing',
          message: 'This method match names neither service nor method.',
          rule: 'A method match needs service, method or both.',
          hint: 'Add one, or remove the match to take all calls.',
        });
      }
      if ((method.type ?? 'Exact') !== 'Exact') continue;
      for (const [field, { pattern, rule: words }] of Object.entries(patterns)) {
        const value = method[field];
        if (typeof value !== 'string' || pattern.test(value)) continue;
        report.error([...path, field], {
          code: 'name-invalid',
          message: `${field} must be ${words}, not ${JSON.stringify(value)}.`,
          value,
          rule: `With type Exact, ${field} must be ${words}.`,
          hint: 'For a pattern use type: RegularExpression.',
        });
      }
    }
  }
}
