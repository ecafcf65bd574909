/**
 * Which of several matching routes wins: Gateway API, "HTTPRouteRule.matches", as Envoy Gateway reads it.
 * Path first (exact, regular expression, prefix; the longer), then header matches (method counts as one),
 * then cookies, then query parameters. What is still equal keeps its order: route age and name, rule, match.
 */
import type { RouteMatch, TextMatch } from '../types.ts';

/** From the most significant on; the greater wins. */
export type Specificity = readonly [
  pathKind: number,
  pathLength: number,
  headers: number,
  exactHeaders: number,
  cookies: number,
  exactCookies: number,
  query: number,
  exactQuery: number,
];

const PATH_RANK = { exact: 2, regex: 1, prefix: 0 } as const;

/** `pathValue`: the path as the manifest has it; the prefix `/` matches everything and counts as no path. */
export function specificityOf(match: RouteMatch, pathValue: string): Specificity {
  const { kind } = match.path;
  return [
    PATH_RANK[kind],
    kind === 'prefix' && pathValue === '/' ? 0 : utf8Length(pathValue),
    match.headers.length,
    match.headers.filter((h) => h.kind === 'exact').length,
    0,
    0,
    match.query.length,
    match.query.filter((q) => q.kind === 'exact').length,
  ];
}

/** Of a match that asks for cookies, too. */
export function withCookieCount(before: Specificity, cookies: readonly TextMatch[]): Specificity {
  const exact = cookies.filter(({ kind }) => kind === 'exact').length;
  const [pathKind, pathLength, headers, exactHeaders, , , query, exactQuery] = before;
  return [pathKind, pathLength, headers, exactHeaders, cookies.length, exact, query, exactQuery];
}

/** Negative when `a` is to be tried first. Sort with a stable sort. */
export function bySpecificity(a: Specificity, b: Specificity): number {
  for (let i = 0; i < a.length; i++) {
    const difference = b[i]! - a[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

const encoder = new TextEncoder();
const utf8Length = (text: string): number => encoder.encode(text).length;
