/**
 * Whether one route matches a request, and if not, all reasons: Envoy stops at the first one, but a reader
 * wants to see them all. Spec: Envoy config.route.v3.RouteMatch as host/envoy/route.ts writes it.
 */
import type { RouteMatch, TextMatch } from '../plan/types.ts';
import { fullMatch } from '../regex/re2.ts';
import { headerValues, type Request } from './request.ts';

export interface Mismatch {
  readonly part: 'path' | 'method' | 'header' | 'query' | 'cookie';
  /** A sentence without full stop: what the route requires, and what the request has. */
  readonly because: string;
}

/** Empty: the route matches. `request.path` is the normalized one. */
export function mismatches(match: RouteMatch, request: Request): Mismatch[] {
  const found: Mismatch[] = [];
  const path = request.path.split('?', 1)[0]!;
  if (!pathMatches(match.path, path)) {
    found.push({ part: 'path', because: `path ${path} is not ${describePath(match.path)}` });
  }
  for (const header of match.headers) {
    // Each value is compared separately; one match is enough (Envoy's match_headers_individually).
    const values = headerValues(request, header.name);
    if (values.some((value) => textMatches(header, value))) continue;
    const value = values.length === 0 ? undefined : values.join("', '");
    const part = header.name === ':method' ? 'method' : 'header';
    found.push({
      part,
      because: describeText(part === 'method' ? 'method' : `header ${header.name}`, header, value),
    });
  }
  const query = match.query.length === 0 ? undefined : queryParameters(request.path);
  for (const parameter of match.query) {
    const value = query?.get(parameter.name);
    if (textMatches(parameter, value)) continue;
    found.push({
      part: 'query',
      because: describeText(`query parameter ${parameter.name}`, parameter, value),
    });
  }
  if (match.cookies !== undefined) {
    const sent = cookiesOf(request);
    for (const cookie of match.cookies)
      if (!textMatches(cookie, sent.get(cookie.name)))
        found.push({
          part: 'cookie',
          because: describeText(`cookie ${cookie.name}`, cookie, sent.get(cookie.name)),
        });
  }
  return found;
}

/** The first value of each name (Http::Utility::parseCookies). */
export function cookiesOf(request: Request): Map<string, string> {
  const found = new Map<string, string>();
  for (const pair of headerValues(request, 'cookie').flatMap((value) => value.split(';'))) {
    const equal = pair.indexOf('=');
    const name = pair.slice(0, equal).trim();
    if (equal >= 0 && !found.has(name)) found.set(name, unquoted(pair.slice(equal + 1).trim()));
  }
  return found;
}
const unquoted = (value: string): string =>
  value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;

function pathMatches(match: RouteMatch['path'], path: string): boolean {
  switch (match.kind) {
    case 'exact':
      return path === match.value;
    case 'prefix': {
      const prefix = match.value.replace(/\/$/, '');
      return prefix === '' || path === prefix || path.startsWith(`${prefix}/`);
    }
    case 'regex':
      return fullMatch(match.value, path);
  }
}

function textMatches(match: TextMatch, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (match.kind === 'suffix') return value.endsWith(match.value);
  return match.kind === 'exact' ? value === match.value : fullMatch(match.value, value);
}

/** The first value of each name, not decoded (Http::Utility::QueryParamsMulti::parseQueryString). */
export function queryParameters(path: string): Map<string, string> {
  const at = path.indexOf('?');
  const found = new Map<string, string>();
  if (at < 0) return found;
  for (const pair of path.slice(at + 1).split('&')) {
    const equal = pair.indexOf('=');
    const name = equal < 0 ? pair : pair.slice(0, equal);
    if (!found.has(name)) found.set(name, equal < 0 ? '' : pair.slice(equal + 1));
  }
  return found;
}

function describePath(path: RouteMatch['path']): string {
  switch (path.kind) {
    case 'exact':
      return `exactly ${path.value}`;
    case 'prefix':
      return `below ${path.value}`;
    case 'regex':
      return `all of the pattern ${path.value}`;
  }
}

const SIGNS = { exact: '=', suffix: 'ends with', regex: '~' } as const;

/** What the route asks for, in one line: `path below /cookie, method GET, header x-user: …`. */
export function describeMatch(match: RouteMatch): string {
  const text = (kind: string, { kind: how, name, value }: TextMatch): string =>
    name === ':method' ? `method ${value}` : `${kind} ${name} ${SIGNS[how]} ${value}`;
  return [
    `path ${describePath(match.path)}`,
    ...match.headers.map((header) => text('header', header)),
    ...match.query.map((parameter) => text('query', parameter)),
    ...(match.cookies ?? []).map((cookie) => text('cookie', cookie)),
  ].join(', ');
}

function describeText(what: string, match: TextMatch, value: string | undefined): string {
  const how = { exact: '', suffix: 'an end of ', regex: 'all of the pattern ' } as const;
  const wanted = `${how[match.kind]}'${match.value}'`;
  return value === undefined
    ? `${what} is absent, ${wanted} is wanted`
    : `${what} is '${value}', not ${wanted}`;
}
