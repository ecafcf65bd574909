/**
 * Which virtual host serves a host name, as Envoy searches (source/common/router/config_impl.cc,
 * RouteMatcher): the exact name, then the longest `*.suffix`, then `*`. A wildcard stands for at least one
 * character.
 */
import type { VirtualHost } from '../plan/types.ts';

interface DomainMatch {
  readonly virtualHost: VirtualHost;
  readonly domain: string;
}

/** @param name Lower case, without port (hostName). */
export function findVirtualHost(virtualHosts: readonly VirtualHost[], name: string): DomainMatch | undefined {
  let best: (DomainMatch & { readonly rank: number }) | undefined;
  for (const virtualHost of virtualHosts) {
    for (const domain of virtualHost.domains) {
      const rank = rankOf(domain.toLowerCase(), name);
      if (rank >= 0 && (best === undefined || rank > best.rank)) best = { virtualHost, domain, rank };
    }
  }
  return best === undefined ? undefined : { virtualHost: best.virtualHost, domain: best.domain };
}

/** Higher wins; -1: no match. */
function rankOf(domain: string, name: string): number {
  if (domain === name) return Number.POSITIVE_INFINITY;
  if (domain === '*') return 0;
  const literal = domain.length - 1;
  if (literal >= name.length) return -1;
  return domain.startsWith('*') && name.endsWith(domain.slice(1)) ? literal : -1;
}
