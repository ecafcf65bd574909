/**
 * The request as Envoy hashes it: after the edits and rewrites of the chosen backendRef, then those of the
 * route (WeightedCluster before RouteEntryImplBase::finalizeRequestHeaders,
 * source/common/router/config_impl.cc; within each, names are removed first, header_parser.cc).
 */

import { given } from '../basics/collections.ts';
import { escapeFormat, hasOperator as isComputed } from '../envoy/headers.ts';
import type { ForwardRoute } from '../filter/pool-config.ts';
import type { HeaderEdits, HostSource, PathEdit } from '../plan/types.ts';
import { replaceMatches } from '../regex/re2.ts';
import { type HeaderMap, NO_UNKNOWN, withAdded, without, withUnknown, withValue } from './header-map.ts';
import type { Request } from './request.ts';

/** @param share The entry of `route.action.to` that the request goes to. */
export function hashedRequest(
  request: Request,
  route: ForwardRoute,
  share: ForwardRoute['action']['to'][number],
): Request {
  const { rewrite } = route.action;
  let map: HeaderMap = { pairs: request.headers, unknown: request.unknown ?? NO_UNKNOWN };
  if (share.requestHeaders !== undefined) map = edited(map, share.requestHeaders);
  const host = share.rewriteHost ?? request.host;
  map = edited(map, route.requestHeaders);
  const newHost = rewrite?.host ?? given(rewrite?.hostFrom, (from) => hostBy(from, map, request)) ?? host;
  const said = rewrite?.unsaid !== true && (rewrite?.host ?? rewrite?.hostFrom) !== undefined;
  if (said) map = withAdded(map, 'x-forwarded-host', host);
  return {
    ...request,
    headers: map.pairs,
    unknown: map.unknown,
    host: newHost,
    path: rewrite?.path === undefined ? request.path : rewritten(request.path, rewrite.path),
  };
}

/** Undefined: as it was. The name of a backend is known when it is picked, which is later. */
function hostBy(source: HostSource, map: HeaderMap, { path }: Request): string | undefined {
  switch (source.kind) {
    case 'header':
      return map.pairs.find(([name]) => name === source.name.toLowerCase())?.[1];
    case 'backend':
      return undefined;
    case 'path':
      return replaceMatches(source.pattern, source.substitution, path.split('?', 1)[0]!);
  }
}

function edited(map: HeaderMap, { set, add, remove }: HeaderEdits): HeaderMap {
  let after = without(map, ...remove.map((name) => name.toLowerCase()));
  for (const { name, value } of add) {
    const lower = name.toLowerCase();
    // With a value that is not known there stays one.
    if (after.unknown.has(lower)) continue;
    after = hasOperator(value) ? withUnknown(after, lower, computed(value)) : withAdded(after, lower, value);
  }
  for (const { name, value } of set) {
    const lower = name.toLowerCase();
    after = hasOperator(value) ? withUnknown(after, lower, computed(value)) : withValue(after, lower, value);
  }
  return after;
}

export const hasOperator = (value: string): boolean => isComputed(escapeFormat(value));
const computed = (value: string): string => `the route sets it to ${value}, which Envoy computes`;

/** As host/envoy/path-edit.ts has Envoy do it. The query stays. */
function rewritten(path: string, edit: PathEdit): string {
  const at = path.indexOf('?');
  const [target, query] = at < 0 ? [path, ''] : [path.slice(0, at), path.slice(at)];
  if (edit.kind === 'full') return edit.value + query;
  if (edit.kind === 'pattern') return replaceMatches(edit.pattern, edit.substitution, target) + query;
  const rest = target.slice(edit.from.replace(/\/$/, '').length);
  const value = edit.value.replace(/\/$/, '');
  if (value === '') return `/${rest.replace(/^\/+/, '')}${query}`;
  return value + rest + query;
}
