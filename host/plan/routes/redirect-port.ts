/** The port of a redirect's Location (Gateway API, HTTPRequestRedirectFilter.port). */
import type { ListenerContext } from '../attach/gateways.ts';
import type { Route } from '../types.ts';

const usualPort = (scheme: string): number => (scheme === 'https' ? 443 : 80);
const schemeOf = ({ spec }: ListenerContext): string => (spec.protocol === 'HTTPS' ? 'https' : 'http');

/**
 * The given one, else the scheme's well-known one, else the listener's. 80 and 443 need no mention in a
 * Location.
 */
export function redirectPort(
  { port, scheme }: { readonly port?: number; readonly scheme?: 'http' | 'https' },
  listener: ListenerContext,
): number | undefined {
  const wanted = port ?? (scheme === undefined ? listener.spec.port : usualPort(scheme));
  return wanted === 80 || wanted === 443 ? undefined : wanted;
}

/**
 * A redirect to the other scheme, for clients that speak to this Envoy without a port mapping: they name the
 * bound port in the Host, and find the other listener at its bound port (80 is bound as 10080, 443 as 10443).
 * Undefined where the redirect does not lead to a listener of the Gateway.
 */
export function directRedirect(route: Route, listener: ListenerContext): Route | undefined {
  const { action } = route;
  if (action.kind !== 'redirect' || action.scheme === undefined || action.host !== undefined)
    return undefined;
  const own = schemeOf(listener);
  if (action.scheme === own || listener.port === usualPort(own)) return undefined;
  const wanted = action.port ?? usualPort(action.scheme);
  const target = listener.gateway.listeners.find(
    (one) => one.fault === undefined && schemeOf(one) === action.scheme && one.spec.port === wanted,
  );
  if (target === undefined) return undefined;
  const direct = { kind: 'suffix', name: ':authority', value: `:${listener.port}` } as const;
  return {
    ...route,
    name: `${route.name}/direct`,
    match: { ...route.match, headers: [...route.match.headers, direct] },
    action: { ...action, port: target.port },
  };
}
