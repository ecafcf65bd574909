/** HTTPRoute (Gateway API v1). */

import { given } from '../basics/collections.ts';
import type { Path } from '../basics/path.ts';
import { GATEWAY_GROUP } from '../model/groups.ts';
import { POLICY_DEFAULTS } from '../model/policy-defaults.ts';
import type { HTTPRouteMatch, RouteRule } from '../model/resources.ts';
import { toFilters } from './route-filters.ts';
import { checkRoute, routeShape, ruleShape, toBackends, toParents } from './route-shape.ts';
import { toSession } from './session-persistence.ts';
import { check } from './words/check.ts';
import { duration, parseDuration } from './words/duration.ts';
import { asList, asObject, asText, type Report } from './words/findings.ts';
import { adviseHeaderName } from './words/header-advice.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { headerName, METHODS } from './words/names.ts';
import { eachDuplicate } from './words/rules.ts';
import { integer, list, object, oneOf, text, uint32 } from './words/shape.ts';

const schema = object({
  ...envelope,
  spec: object({
    ...routeShape,
    rules: list(
      object({
        ...ruleShape,
        matches: list(
          object({
            path: object({
              type: oneOf(['Exact', 'PathPrefix', 'RegularExpression']).optional(),
              value: text({ max: 1024 }).optional(),
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
            queryParams: list(
              object({
                type: oneOf(['Exact', 'RegularExpression']).optional(),
                name: headerName(),
                value: text({ min: 1, max: 1024 }),
              }),
              0,
              16,
            ).optional(),
            method: oneOf(METHODS).optional(),
          }),
          0,
          64,
        ).optional(),
        timeouts: object({
          request: duration().optional(),
          backendRequest: duration().optional(),
        }).optional(),
        retry: object({
          codes: list(integer(400, 599, 'a status code')).optional(),
          attempts: uint32(1).optional(),
          backoff: duration(true).optional(),
        }).optional(),
      }),
      1,
      16,
    ).optional(),
  }),
});
const anyPath = { type: 'PathPrefix', value: '/' } as const;
const anyMatch: HTTPRouteMatch = { path: anyPath, headers: [], queryParams: [] };

export const httpRoute: Kind = {
  group: GATEWAY_GROUP,
  kind: 'HTTPRoute',
  versions: ['v1', 'v1beta1'],
  clusterScoped: false,
  schema,
  read(document, report) {
    const raw = document.value.spec;
    checkRoute(raw, false, report);
    checkRules(asObject(raw)?.rules, report);
    const data = check(schema, document.value, report);
    if (data === undefined || report.refused) return undefined;
    const { parentRefs, hostnames = [], rules = [{}] } = data.spec;
    return {
      kind: 'HTTPRoute',
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

function toRule(rule: CheckedRule): RouteRule<HTTPRouteMatch> {
  const { name, matches = [], filters = [], backendRefs, timeouts, retry, sessionPersistence } = rule;
  return {
    name,
    matches:
      matches.length === 0
        ? [anyMatch]
        : matches.map((match) => ({
            path: { type: match.path?.type ?? 'PathPrefix', value: match.path?.value ?? '/' },
            headers: (match.headers ?? []).map((h) => ({ ...h, type: h.type ?? 'Exact' })),
            queryParams: (match.queryParams ?? []).map((q) => ({ ...q, type: q.type ?? 'Exact' })),
            method: match.method,
          })),
    filters: toFilters(filters),
    backendRefs: toBackends(backendRefs),
    session: given(sessionPersistence, toSession),
    timeouts: given(timeouts, ({ request, backendRequest }) => ({
      requestMs: request,
      backendRequestMs: backendRequest,
    })),
    // The Gateway API has no default; Envoy Gateway takes that of its own policy.
    retry: given(retry, ({ codes = [], attempts, backoff }) => ({
      codes,
      attempts: attempts ?? POLICY_DEFAULTS.retry.numRetries,
      backoffMs: backoff,
    })),
  };
}

function checkRules(raw: unknown, report: Report): void {
  for (const [i, entry] of asList(raw).entries()) {
    const rule = asObject(entry);
    for (const [j, match] of asList(rule?.matches).entries()) {
      const path = ['spec', 'rules', i, 'matches', j];
      checkPathMatch(asObject(match)?.path, [...path, 'path'], report);
      for (const field of ['headers', 'queryParams'])
        checkNames(asObject(match)?.[field], field, [...path, field], report);
    }
    const timeouts = asObject(rule?.timeouts);
    const request = parseDuration(timeouts?.request);
    const backend = parseDuration(timeouts?.backendRequest);
    if (request !== undefined && request !== 0 && backend !== undefined && backend > request) {
      report.error(['spec', 'rules', i, 'timeouts', 'backendRequest'], {
        code: 'value-out-of-range',
        message: `backendRequest must be at most request, ${String(timeouts?.request)}, not ${String(timeouts?.backendRequest)}.`,
        value: timeouts?.backendRequest,
        rule: 'One try must not take longer than the whole request.',
        hint: 'Shorten backendRequest, or lengthen request.',
      });
    }
  }
}

/** What a path of type Exact or PathPrefix must not contain (Gateway API, HTTPPathMatch). */
const forbidden = ['//', '/./', '/../', '%2f', '%2F', '#'];

function checkPathMatch(raw: unknown, path: Path, report: Report): void {
  const { type = 'PathPrefix', value = '/' } = asObject(raw) ?? {};
  if (typeof value !== 'string') return;
  const refuse = (message: string, rule: string, hint?: string): void =>
    report.error([...path, 'value'], {
      code: 'path-invalid',
      message: `value ${message}, not ${JSON.stringify(value)}.`,
      value,
      rule,
      hint,
    });
  if (type === 'RegularExpression') {
    if (value === '') refuse('must be a regular expression', 'A regular expression must not be empty.');
    return;
  }
  if (type !== 'Exact' && type !== 'PathPrefix') return;
  const rule = `A path of type ${String(type)} is absolute and already normalised.`;
  if (!value.startsWith('/')) {
    refuse(
      'must start with "/"',
      rule,
      value.startsWith('^') ? 'Use type: RegularExpression.' : `Write "/${value}".`,
    );
    return;
  }
  const odd =
    forbidden.find((part) => value.includes(part)) ?? ['/..', '/.'].find((end) => value.endsWith(end));
  if (odd !== undefined) refuse(`must not hold "${odd}"`, rule);
  else if (!/^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/.test(value)) {
    refuse(
      "must hold only letters, digits and -/._~!$&'()*+,;=:@, and others as %XX",
      rule,
      /[*^$[\]|?]/.test(value) ? 'Use type: RegularExpression.' : undefined,
    );
  }
}

/** A name twice in one match: only the first would count, so the API refuses it. */
function checkNames(raw: unknown, field: string, path: Path, report: Report): void {
  if (field === 'headers')
    for (const [i, entry] of asList(raw).entries())
      adviseHeaderName(asObject(entry)?.name, [...path, i, 'name'], report);
  eachDuplicate(
    asList(raw).map((entry) => asText(asObject(entry)?.name)),
    (name) => (field === 'headers' ? name?.toLowerCase() : name),
    (i, first, name) =>
      report.error([...path, i, 'name'], {
        code: 'match-duplicate',
        message: `The name ${name} occurs twice in ${field}; the first is at [${first}].`,
        value: name,
        rule: `A match may name each of its ${field} once.`,
        hint: 'Remove one of the two, or join them in a regular expression.',
      }),
  );
}
