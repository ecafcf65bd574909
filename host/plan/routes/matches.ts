/** Matches of HTTPRoute and GRPCRoute rules → RouteMatch. A gRPC call is a POST to `/<service>/<method>`. */
import type {
  AnyRoute,
  GRPCRouteMatch,
  HTTPRoute,
  HTTPRouteFilterSpec,
  HTTPRouteMatch,
  ValueMatch,
} from '../../model/resources.ts';
import { patternFault } from '../../regex/re2.ts';
import type { RouteMatch, TextMatch } from '../types.ts';
import { type Specificity, specificityOf, withCookieCount } from './order.ts';

export interface RuleMatch {
  /** As in the route's name; -1: a gRPC rule without matches. */
  readonly index: number;
  readonly match: RouteMatch;
  readonly specificity: Specificity;
  /** For the question of a browser that comes before a request of this match (CORS). */
  readonly preflight?: true;
}

/** Envoy Gateway's names for any service and any method of gRPC. */
const ANY_SERVICE = '(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*';
const ANY_METHOD = '[A-Za-z_][A-Za-z_0-9]*';

/** All matches of a rule. `problems`: why Envoy would refuse a pattern. */
export function matchesOf(
  route: AnyRoute,
  rule: number,
  cookies: HTTPRouteFilterSpec['matches'] = [],
): { matches: RuleMatch[]; problems: string[] } {
  // Browsers send no cookies with a preflight.
  const matches: RuleMatch[] =
    route.kind === 'HTTPRoute'
      ? httpMatches(route.spec.rules[rule]!, cookies.length === 0)
      : route.spec.rules[rule]!.matches.map(grpcMatch);
  if (matches.length === 0) {
    const path = { kind: 'prefix', value: '/' } as const;
    matches.push(finish(route.kind === 'HTTPRoute' ? 0 : -1, path, '/', [], []));
  }
  return {
    matches: cookies.length === 0 ? matches : withCookies(matches, cookies),
    problems: matches.flatMap(({ match }) => patternProblems(match)),
  };
}

/** Each match with each list of cookies, numbered anew, as Envoy Gateway does. */
const withCookies = (matches: readonly RuleMatch[], lists: HTTPRouteFilterSpec['matches']): RuleMatch[] =>
  matches.flatMap(({ match, specificity }, i) =>
    lists.map((list, j): RuleMatch => {
      const cookies = list.cookies.map(textMatch);
      return {
        index: i * lists.length + j,
        match: { ...match, cookies },
        specificity: withCookieCount(specificity, cookies),
      };
    }),
  );

function httpMatches(
  { matches, filters }: HTTPRoute['spec']['rules'][number],
  preflights: boolean,
): RuleMatch[] {
  const cors = preflights && filters.some(({ type }) => type === 'CORS');
  return matches.flatMap((m, i) =>
    cors && needsPreflight(m) ? [httpMatch(m, i), preflightOf(m, i)] : [httpMatch(m, i)],
  );
}

function httpMatch(m: HTTPRouteMatch, index: number): RuleMatch {
  const headers = m.headers.map(textMatch);
  if (m.method !== undefined) headers.push({ kind: 'exact', name: ':method', value: m.method });
  return finish(index, pathOf(m.path), m.path.value, headers, m.queryParams.map(textMatch));
}

/**
 * A preflight comes with the method OPTIONS, so a match for another method needs a second one (Envoy Gateway
 * makes it too). What it matches, Envoy's filter answers, if the route is one that forwards.
 */
function preflightOf(m: HTTPRouteMatch, index: number): RuleMatch {
  const headers = m.headers.map(textMatch);
  headers.push({ kind: 'exact', name: ':method', value: 'OPTIONS' });
  for (const name of ['origin', 'access-control-request-method'])
    headers.push({ kind: 'regex', name, value: '.+' });
  const found = finish(index, pathOf(m.path), m.path.value, headers, m.queryParams.map(textMatch));
  return { ...found, preflight: true };
}
const needsPreflight = ({ method }: HTTPRouteMatch): boolean => method !== undefined && method !== 'OPTIONS';

function pathOf({ type, value }: HTTPRouteMatch['path']): RouteMatch['path'] {
  switch (type) {
    case 'Exact':
      return { kind: 'exact', value };
    case 'RegularExpression':
      return { kind: 'regex', value };
    case 'PathPrefix':
      // Prefixes match whole segments, so a slash at the end means nothing (and `/` means all).
      return { kind: 'prefix', value: value === '/' ? value : value.replace(/\/$/, '') };
  }
}

function grpcMatch({ method, headers }: GRPCRouteMatch, index: number): RuleMatch {
  const matches = headers.map(textMatch);
  const any = (): RuleMatch => finish(index, { kind: 'prefix', value: '/' }, '/', matches, []);
  const { service, method: name } = method ?? {};
  if (method === undefined || (service === undefined && name === undefined)) return any();
  switch (method.type) {
    case 'Exact': {
      if (service === undefined) {
        // Any service: Envoy has no suffix match on paths, but it has one on the header.
        matches.push({ kind: 'suffix', name: ':path', value: `/${name}` });
        return any();
      }
      const value = name === undefined ? `/${service}` : `/${service}/${name}`;
      return finish(index, { kind: name === undefined ? 'prefix' : 'exact', value }, value, matches, []);
    }
    case 'RegularExpression': {
      const value = `/${service ?? ANY_SERVICE}/${name ?? ANY_METHOD}`;
      return finish(index, { kind: 'regex', value }, value, matches, []);
    }
  }
}

/** `written`: the path before a trailing slash was cut; specificity counts what the user wrote. */
function finish(
  index: number,
  path: RouteMatch['path'],
  written: string,
  headers: readonly TextMatch[],
  query: readonly TextMatch[],
): RuleMatch {
  // Envoy Gateway ignores content-type: a GRPCRoute matches by path and headers only.
  const match: RouteMatch = { path, headers, query };
  return { index, match, specificity: specificityOf(match, written) };
}

const textMatch = ({ type, name, value }: ValueMatch): TextMatch => ({
  kind: type === 'Exact' ? 'exact' : 'regex',
  name,
  value,
});

/** What Envoy's engine does not take; one such pattern would make Envoy refuse the whole configuration. */
function patternProblems(match: RouteMatch): string[] {
  const problems: string[] = [];
  const check = (where: string, pattern: string): void => {
    const problem = patternFault(pattern);
    if (problem !== undefined) problems.push(`${where}: ${problem}: "${pattern}"`);
  };
  if (match.path.kind === 'regex') check('path', match.path.value);
  for (const h of match.headers) if (h.kind === 'regex') check(`header ${h.name}`, h.value);
  for (const q of match.query) if (q.kind === 'regex') check(`query parameter ${q.name}`, q.value);
  return problems;
}
