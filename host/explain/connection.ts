/**
 * Which listeners a connection can be for: by what the URL says, and of those with TLS on one port the one
 * that its server name (SNI) leads to, as Envoy chooses a filter chain (the exact name, then the longest
 * wildcard, then the one for any).
 */
import { hostnameRank, serves } from '../plan/attach/hostnames.ts';
import { socketsOf } from '../plan/sockets.ts';
import type { Listener } from '../plan/types.ts';
import { hostName, type Request } from './request.ts';

/** In their order. Without a URL the server name is the request's host. */
export function reached(listeners: readonly Listener[], { url, host }: Request): readonly Listener[] {
  const name = url?.serverName ?? hostName(host);
  return socketsOf(listeners).flatMap((sharing) => {
    const [first] = sharing;
    if (first.connections !== undefined) return [];
    if (!isAsked(first, url)) return [];
    if (first.tls === undefined) return sharing;
    const meant = [...sharing]
      .filter(({ tls }) => serves(tls?.serverName, name))
      .sort((a, b) => hostnameRank(b.tls?.serverName) - hostnameRank(a.tls?.serverName));
    return meant.slice(0, 1);
  });
}

/** Whether a listener has the scheme and the port of a URL, as far as there is one. */
const isAsked = ({ tls, port, declaredPort }: Listener, url: Request['url']): boolean =>
  (url === undefined || (url.scheme === 'https') === (tls !== undefined)) &&
  (url?.port === undefined || url.port === port || url.port === declaredPort);

export function whyClosed(listeners: readonly Listener[], { url, host }: Request): string {
  const { scheme, port } = url ?? {};
  if (!listeners.some((listener) => isAsked(listener, url))) {
    const ports = [
      ...new Set(listeners.map((one) => `${one.tls === undefined ? 'http' : 'https'} on ${one.port}`)),
    ];
    return `nothing listens for ${scheme ?? 'it'}${port === undefined ? '' : ` on port ${port}`}; there is ${ports.join(', ')}`;
  }
  const name = url?.serverName ?? hostName(host);
  const names = listeners.flatMap(({ tls }) => tls?.serverName ?? []);
  const known = names.length === 0 ? '' : `; listeners with TLS are for ${[...new Set(names)].join(', ')}`;
  const where =
    url === undefined ? '' : ` of ${url.scheme}${url.port === undefined ? '' : ` on port ${url.port}`}`;
  return `no listener${where} is for the server name ${name}, so that Envoy closes the connection${known}`;
}

/** What routes see of a request that came over TLS. */
export const overTls = (listener: Listener, request: Request): Request =>
  listener.tls === undefined ? request : { ...request, scheme: 'https' };
