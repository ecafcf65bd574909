/**
 * The hash keys that a route itself changes. Envoy applies the header edits and rewrites of a route and of
 * the chosen backendRef first and hashes then (source/common/router/router.cc, decodeHeaders:
 * finalizeRequestHeaders comes before chooseHost). The filter stands before the router and sees what the
 * client sent. So where a route changes its key, the filter must not pick: a client would choose its host by
 * a header that the route overwrites.
 */
import type { ForwardAction, HashKey, HeaderEdits, Route } from '../plan/types.ts';
import { HINT_HEADER } from './header-names.ts';

/**
 * Keys whose value Envoy hashes otherwise than the filter would read it, in their order. Empty for most
 * routes.
 */
export function changedKeys({ action, requestHeaders }: Route): readonly HashKey[] {
  if (action.kind !== 'forward' || action.hash.length === 0) return [];
  const headers = editedHeaders(action, requestHeaders);
  const path = action.rewrite?.path;
  const newQuery = (path?.kind === 'pattern' ? path.substitution : path?.value)?.includes('?') === true;
  return action.hash.filter((key) => {
    switch (key.kind) {
      case 'header':
        return headers.has(headerOfKey(key.name).toLowerCase());
      case 'cookie':
        return headers.has('cookie');
      default:
        // A rewritten path keeps the query of the request, and may bring one of its own before it.
        return key.kind === 'query' && newQuery;
    }
  });
}

/** The name of a header key as Envoy and the filter know it: `host` is the pseudo header. */
export const headerOfKey = (name: string): string => (name.toLowerCase() === 'host' ? ':authority' : name);

/** Names of all request headers that the route or one of its backendRefs sets, adds, removes or rewrites. */
function editedHeaders({ to, rewrite }: ForwardAction, own: HeaderEdits): ReadonlySet<string> {
  // Ours is removed from every request that the filter picks for.
  const names = new Set<string>([HINT_HEADER]);
  for (const { set, add, remove } of [own, ...to.flatMap(({ requestHeaders }) => requestHeaders ?? [])]) {
    for (const { name } of [...set, ...add]) names.add(name.toLowerCase());
    for (const name of remove) names.add(name.toLowerCase());
  }
  const newHost = rewrite?.host !== undefined || rewrite?.hostFrom !== undefined;
  if (newHost || to.some(({ rewriteHost }) => rewriteHost !== undefined)) names.add(':authority');
  // The host that the client asked for is appended there (append_x_forwarded_host).
  if (newHost) names.add('x-forwarded-host');
  if (rewrite?.path !== undefined) names.add(':path');
  return names;
}
