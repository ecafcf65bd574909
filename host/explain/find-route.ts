/**
 * Request → listener, virtual host and route of the plan, or the routes that came nearest and why they did
 * not match.
 */
import type { ConnectionRoute, Listener, Plan, Route, VirtualHost } from '../plan/types.ts';
import { overTls, reached, whyClosed } from './connection.ts';
import type { receive as receiveRequest } from './connection-manager.ts';
import { findVirtualHost } from './domains.ts';
import type { RemovedHeaders } from './internal-headers.ts';
import { hostName, isConnection, type NormalPath, normalizePath, type Request } from './request.ts';
import { type Mismatch, mismatches } from './route-match.ts';

type Receive = typeof receiveRequest;

export interface Found {
  readonly kind: 'route';
  readonly listener: Listener;
  readonly virtualHost: VirtualHost;
  readonly domain: string;
  readonly route: Route;
  /** As routes see it: with the normalized path. */
  readonly request: Request;
  /** The protocol that it asks for. */
  readonly upgrade?: string;
  /** Routes that Envoy tries before this one, and that did not match. */
  readonly passed: number;
}
export interface FoundConnection {
  readonly kind: 'connection';
  readonly listener: Listener;
  readonly connection: ConnectionRoute;
}
interface Near {
  readonly route: Route;
  readonly listener: Listener;
  readonly because: readonly Mismatch[];
}
export type Search =
  | Found
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly because: string;
      /** Of a redirect to the path that was meant. */
      readonly location?: string;
    }
  /** It is passed on: no request is read. */
  | FoundConnection
  /** No listener is for the connection. */
  | { readonly kind: 'closed'; readonly because: string }
  /** 404. `domains`: all served names, if it is the host that did not match. */
  | {
      readonly kind: 'none';
      readonly hostKnown: boolean;
      readonly domains: readonly string[];
      readonly near: readonly Near[];
    };

/**
 * @param only Name or port of the listener to ask; undefined: the first that has a route for the request.
 * @param removed Headers that a listener takes out first; undefined: none.
 * @param receive What a listener makes of the request; undefined: nothing.
 */
export function findRoute(
  plan: Plan,
  request: Request,
  only?: string,
  { removed, receive = asSent }: { readonly removed?: RemovedHeaders; readonly receive?: Receive } = {},
): Search {
  const asked = listenersFor(plan, only);
  const found = reached(asked, request);
  if (asked.length > 0 && found.length === 0) return { kind: 'closed', because: whyClosed(asked, request) };
  const ofConnection = isConnection(request.url?.scheme);
  const passed = found.find(({ connection }) => connection !== undefined);
  const listeners = found.flatMap(({ listener, connection }) => (connection === undefined ? [listener] : []));
  if (passed?.connection !== undefined && (ofConnection || listeners.length === 0))
    return { kind: 'connection', listener: passed.listener, connection: passed.connection };
  if (ofConnection && listeners[0] !== undefined)
    return { kind: 'closed', because: readsRequests(listeners[0]) };
  const near: Near[] = [];
  let hostKnown = false;
  for (const listener of listeners) {
    const settings = listener.clients?.settings;
    const received = receive(request, listener);
    if (received.kind === 'refused') return { ...received, kind: 'answered' };
    const normal = normalizePath(request.path, settings?.path);
    if (normal.kind !== 'path') return answeredFor(normal);
    if (settings?.healthCheckPath === normal.path)
      return {
        kind: 'answered',
        status: 200,
        because: `the listener ${listener.name} answers health checks`,
      };
    const match = findVirtualHost(listener.virtualHosts, hostName(received.request.host));
    if (match === undefined) continue;
    hostKnown = true;
    const gone = removed?.(listener);
    const headers = received.request.headers.filter(([name]) => !gone?.has(name));
    const seen: Request = overTls(listener, { ...received.request, path: normal.path, headers });
    const { upgrade } = received;
    for (const [passed, route] of match.virtualHost.routes.entries()) {
      const because = mismatches(route.match, seen);
      if (because.length === 0)
        return { kind: 'route', listener, ...match, route, request: seen, upgrade, passed };
      near.push({ route, listener, because });
    }
  }
  const domains = [...new Set(listeners.flatMap((l) => l.virtualHosts.flatMap((v) => v.domains)))];
  return { kind: 'none', hostKnown, domains, near: nearest(near) };
}

const asSent: Receive = (request) => ({ kind: 'request', request });

const answeredFor = (path: Exclude<NormalPath, { kind: 'path' }>): Search =>
  path.kind === 'redirect'
    ? {
        kind: 'answered',
        status: 307,
        because: `escaped slashes are resolved first: location ${path.path}`,
        location: path.path,
      }
    : { kind: 'answered', status: 400, because: path.because };

/** Of a connection nothing is known that is in it. */
const readsRequests = ({ name }: Listener): string =>
  `the listener ${name} reads requests: ask by http://… or https://…`;

/** Those listeners that `only` names by full name, by its last part or by port as bound. */
export function listenersFor(plan: Plan, only: string | undefined): readonly Listener[] {
  if (only === undefined) return plan.listeners;
  return plan.listeners.filter(
    (l) => l.name === only || l.name.endsWith(`/${only}`) || String(l.port) === only,
  );
}

const SHOWN = 3;

/**
 * The nearest routes first: those whose path matches, then those with the fewest reasons, then by the order
 * of matching.
 */
function nearest(near: readonly Near[]): Near[] {
  const far = ({ because }: Near): number =>
    because.length + (because.some((b) => b.part === 'path') ? 100 : 0);
  return [...near].sort((a, b) => far(a) - far(b)).slice(0, SHOWN);
}
