/**
 * The request as Envoy hashes it: after the edits and rewrites of the chosen backendRef, then those of the
 * route (WeightedCluster before RouteEntryImplBase::finalizeRequestHeaders,
 * source/common/router/config_impl.cc; within each, names are removed first, header_parser.cc).
 */
import { escapeFormat } from '../envoy/headers.ts';
import type { ForwardRoute } from '../filter/pool-config.ts';
import type { HeaderEdits, PathEdit } from '../plan/types.ts';
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
  if (rewrite?.host !== undefined) map = withAdded(map, 'x-forwarded-host', host);
  return {
    ...request,
    headers: map.pairs,
    unknown: map.unknown,
    host: rewrite?.host ?? host,
    path: rewrite?.path === undefined ? request.path : rewritten(request.path, rewrite.path),
  };
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

/** What is left of `%` where every one that is text is doubled. */
export const hasOperator = (value: string): boolean => escapeFormat(value).replaceAll('%%', '').includes('%');
const computed = (value: string): string => `the route sets it to ${value}, which Envoy computes`;

/** As host/envoy/path-edit.ts has Envoy do it. The query stays. */
function rewritten(path: string, edit: PathEdit): string {
  const at = path.indexOf('?');
  const [target, query] = at < 0 ? [path, ''] : [path.slice(0, at), path.slice(at)];
  if (edit.kind === 'full') return edit.value + query;
  const rest = target.slice(edit.from.replace(/\/$/, '').length);
  const value = edit.value.replace(/\/$/, '');
  if (value === '') return `/${rest.replace(/^\/+/, '')}${query}`;
  return value + rest + query;
}
