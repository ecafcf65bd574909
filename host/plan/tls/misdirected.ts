/**
 * Requests that come on a connection of another listener: a client that has a connection to one name may use
 * it for other names of its certificate (RFC 9113, section 9.1.1). Gateway API (Listener.hostname) asks for
 * 421, so that the client opens a connection of its own, where another listener of the port is the one for
 * the request's host, and for 404 where none is.
 */
import type { ListenerContext } from '../attach/gateways.ts';
import { covers, hostnameRank } from '../attach/hostnames.ts';
import { fromOf } from '../from.ts';
import { NO_EDITS } from '../routes/no-edits.ts';
import type { Route, VirtualHost } from '../types.ts';

const ANY = '*';
const hostOf = ({ spec }: ListenerContext): string => spec.hostname ?? ANY;

/** @param sharing All listeners of the port, this one too: told apart by server name, so each has its own. */
export function withMisdirected(
  listener: ListenerContext,
  sharing: readonly ListenerContext[],
  hosts: readonly VirtualHost[],
): VirtualHost[] {
  const others = sharing.filter((one) => one !== listener);
  if (others.length === 0) return [...hosts];
  const own = hosts.filter(({ domains }) =>
    domains.every(
      (domain) => !others.some((other) => isNarrower(other, listener) && servesName(other, domain)),
    ),
  );
  const elsewhere = others.map(hostOf);
  const served = new Set(own.flatMap(({ domains }) => domains));
  const host = hostOf(listener);
  const from = fromOf(listener.owner, 'spec', 'listeners', listener.index);
  const misdirected: Route = {
    name: `${listener.name}/misdirected`,
    match: { path: { kind: 'prefix', value: '/' }, headers: [], query: [] },
    action: {
      kind: 'respond',
      status: 421,
      because: 'another listener of this port is for the host of the request',
    },
    requestHeaders: NO_EDITS,
    responseHeaders: NO_EDITS,
    from,
  };
  return [
    ...own,
    // What the listener is for and no route serves: 404, where a wider listener's name would say 421.
    ...(host === ANY || served.has(host)
      ? []
      : [{ name: `${listener.name}/not-found`, domains: [host], routes: [] }]),
    { name: `${listener.name}/misdirected`, domains: elsewhere, routes: [misdirected] },
  ];
}

export const isNarrower = (a: ListenerContext, b: ListenerContext): boolean =>
  hostnameRank(a.spec.hostname) > hostnameRank(b.spec.hostname);

/** The listener is for the name, or for all names under that wildcard. */
export const servesName = ({ spec }: ListenerContext, domain: string): boolean =>
  spec.hostname === domain || (spec.hostname?.startsWith('*') === true && covers(spec.hostname, domain));
