/**
 * Request → listener, virtual host and route of the plan, or the routes that came nearest and why they did
 * not match.
 */
import type { Listener, Plan, Route, VirtualHost } from '../plan/types.ts';
import { overTls, reached, whyClosed } from './connection.ts';
import { findVirtualHost } from './domains.ts';
import type { RemovedHeaders } from './internal-headers.ts';
import { hostName, type NormalPath, normalizePath, type Request } from './request.ts';
import { type Mismatch, mismatches } from './route-match.ts';

export interface Found {
  readonly kind: 'route';
  readonly listener: Listener;
  readonly virtualHost: VirtualHost;
  readonly domain: string;
  readonly route: Route;
  /** As routes see it: with the normalized path. */
  readonly request: Request;
  /** Routes that Envoy tries before this one, and that did not match. */
  readonly passed: number;
}
interface Near {
  readonly route: Route;
  readonly listener: Listener;
  readonly because: readonly Mismatch[];
}
export type Search =
  | Found
  | { readonly kind: 'answered'; readonly path: Exclude<NormalPath, { kind: 'path' }> }
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
 */
export function findRoute(plan: Plan, request: Request, only?: string, removed?: RemovedHeaders): Search {
  const normal = normalizePath(request.path);
  if (normal.kind !== 'path') return { kind: 'answered', path: normal };
  const asked = listenersFor(plan, only);
  const listeners = reached(asked, request);
  if (asked.length > 0 && listeners.length === 0)
    return { kind: 'closed', because: whyClosed(asked, request) };
  const near: Near[] = [];
  let hostKnown = false;
  for (const listener of listeners) {
    const match = findVirtualHost(listener.virtualHosts, hostName(request.host));
    if (match === undefined) continue;
    hostKnown = true;
    const gone = removed?.(listener);
    const headers = request.headers.filter(([name]) => !gone?.has(name));
    const seen: Request = overTls(listener, { ...request, path: normal.path, headers });
    for (const [passed, route] of match.virtualHost.routes.entries()) {
      const because = mismatches(route.match, seen);
      if (because.length === 0) return { kind: 'route', listener, ...match, route, request: seen, passed };
      near.push({ route, listener, because });
    }
  }
  const domains = [...new Set(listeners.flatMap((l) => l.virtualHosts.flatMap((v) => v.domains)))];
  return { kind: 'none', hostKnown, domains, near: nearest(near) };
}

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
