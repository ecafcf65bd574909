/**
 * Hostnames of routes and listeners: which names a route serves on a listener (Gateway API,
 * "Listener.hostname" and "HTTPRoute.hostnames"), and how Envoy Gateway writes them into the names of virtual
 * hosts.
 */
import { compareText } from '../../basics/text.ts';

/** "Any host", as Envoy and the Gateway API write it. */
export const ANY_HOST = '*';

const isWildcard = (host: string): boolean => host.startsWith('*');

/**
 * `*.example.com` covers `a.example.com`, `a.b.example.com` and `*.b.example.com`; not `example.com`, not
 * itself.
 */
export function covers(wildcard: string, host: string): boolean {
  const suffix = wildcard.slice(1);
  const name = isWildcard(host) ? host.slice(1) : host;
  return name.length > suffix.length && name.endsWith(suffix);
}

/** A listener's hostname, or none, is for a name without wildcard. */
export const serves = (hostname: string | undefined, name: string): boolean =>
  hostname === undefined || hostname === name || (isWildcard(hostname) && covers(hostname, name));

/**
 * The hostnames under which a route answers on a listener, sorted; empty: none in common. Of a wildcard and a
 * name under it the narrower one remains.
 */
export function intersectHostnames(route: readonly string[], listener: string | undefined): string[] {
  if (route.length === 0) return [listener === undefined || listener === '' ? ANY_HOST : listener];
  if (listener === undefined || listener === '') return [...new Set(route)].sort(compareText);
  const common = new Set<string>();
  for (const host of route) {
    if (host === listener) common.add(host);
    else if (isWildcard(listener) && covers(listener, host)) common.add(host);
    else if (isWildcard(host) && covers(host, listener)) common.add(listener);
  }
  return [...common].sort(compareText);
}

/** Dots are separators in Envoy's statistics, so Envoy Gateway writes them as underscores. */
export const hostInName = (host: string): string => host.replaceAll('.', '_');

/** How specific a listener's hostname is: exact before wildcard before none, longer before shorter. */
export function hostnameRank(host: string | undefined): number {
  if (host === undefined || host === '') return 0;
  return isWildcard(host) ? host.length : 1_000_000 + host.length;
}
