/**
 * Which listeners a connection can be for: by what the URL says, and of those with TLS on one port the one
 * that its server name (SNI) leads to, as Envoy chooses a filter chain (the exact name, then the longest
 * wildcard, then the one for any). Where connections are passed on, the route of the connection as well.
 */
import { hostnameRank, serves } from '../plan/attach/hostnames.ts';
import { socketsOf } from '../plan/sockets.ts';
import type { ConnectionRoute, Connections, Listener } from '../plan/types.ts';
import { type ConnectionScheme, hostName, type Request, type Scheme } from './request.ts';

export interface Reached {
  readonly listener: Listener;
  /** Its connections are passed on, this one by this route. */
  readonly connection?: ConnectionRoute;
}

/** In their order. Without a URL the server name is the request's host, and only requests are asked for. */
export function reached(listeners: readonly Listener[], { url, host }: Request): readonly Reached[] {
  const name = url?.serverName ?? hostName(host);
  return socketsOf(listeners).flatMap((sharing) => {
    const asked = sharing.filter((listener) => isAsked(listener, url));
    if (asked.length === 0) return [];
    if (schemeOf(sharing[0]) === 'http') return sharing.map((listener) => ({ listener }));
    const [meant] = sharing
      .flatMap(chainsOf)
      .filter(({ serverName }) => serves(serverName, name))
      .sort((a, b) => hostnameRank(b.serverName) - hostnameRank(a.serverName));
    if (meant === undefined || (url === undefined && meant.connection !== undefined)) return [];
    const { serverName: _, ...found } = meant;
    return [found];
  });
}

type Chain = Reached & { readonly serverName?: string };
function chainsOf(listener: Listener): Chain[] {
  if (listener.connections === undefined) return [{ listener, serverName: listener.tls?.serverName }];
  return listener.connections.routes.flatMap((connection) =>
    connection.serverNames.length === 0
      ? [{ listener, connection }]
      : connection.serverNames.map((serverName) => ({ listener, connection, serverName })),
  );
}

/** What a client speaks to a listener that passes connections on. */
export const connectionScheme = ({ kind }: Connections): ConnectionScheme =>
  kind === 'tcp' || kind === 'udp' ? kind : 'tls';

/** What a client speaks to a listener. */
export function schemeOf({ tls, connections }: Listener): Scheme {
  if (connections !== undefined) return connectionScheme(connections);
  return tls === undefined ? 'http' : 'https';
}

/** Whether a listener has the scheme and the port of a URL, as far as there is one. */
function isAsked(listener: Listener, url: Request['url']): boolean {
  if (url === undefined) return true;
  const { port, declaredPort } = listener;
  const scheme = schemeOf(listener);
  // HTTPS is TLS, and may be what is within a connection that is passed on.
  const isTls = (one: Scheme): boolean => one === 'https' || one === 'tls';
  const good = scheme === url.scheme || (isTls(scheme) && isTls(url.scheme));
  return good && (url.port === undefined || url.port === port || url.port === declaredPort);
}

export function whyClosed(listeners: readonly Listener[], { url, host }: Request): string {
  const { scheme, port } = url ?? {};
  if (!listeners.some((listener) => isAsked(listener, url))) {
    const ports = [...new Set(listeners.map((one) => `${schemeOf(one)} on ${one.port}`))];
    return `nothing listens for ${scheme ?? 'it'}${port === undefined ? '' : ` on port ${port}`}; there is ${ports.join(', ')}`;
  }
  const name = url?.serverName ?? hostName(host);
  const names = listeners.flatMap(chainsOf).flatMap(({ serverName }) => serverName ?? []);
  const known = names.length === 0 ? '' : `; listeners with TLS are for ${[...new Set(names)].join(', ')}`;
  const where =
    url === undefined ? '' : ` of ${url.scheme}${url.port === undefined ? '' : ` on port ${url.port}`}`;
  const sent = name === '' ? 'a connection without a server name' : `the server name ${name}`;
  return `no listener${where} is for ${sent}, so that Envoy closes the connection${known}`;
}

/** What routes see of a request that came over TLS. */
export const overTls = (listener: Listener, request: Request): Request =>
  listener.tls === undefined ? request : { ...request, scheme: 'https' };
