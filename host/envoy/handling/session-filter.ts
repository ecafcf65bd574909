/**
 * Session persistence: Envoy names the host in a cookie or header of the answer, and sends requests that
 * bring it to that host while it can serve and is one of the pool's. Not `strict`: otherwise the pool's
 * balancer chooses, and the session begins anew.
 */
import type { RouteMatch, Session } from '../../plan/types.ts';
import { any, extension } from '../any.ts';
import { optionalDuration } from '../durations.ts';
import { disabled, type Handler, uses } from './handler.ts';

const STATEFUL_SESSION = 'envoy.extensions.filters.http.stateful_session.v3.StatefulSession';
const filter = disabled(extension(STATEFUL_SESSION, {}));

export const session: Handler = {
  filters: (routes) => (uses(routes, 'session') ? [filter] : []),
  onRoute: ({ session: own }, { match }) =>
    own === undefined
      ? []
      : [
          [
            filter.name,
            any('envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute', {
              stateful_session: { session_state: stateOf(own, match.path) },
            }),
          ],
        ],
};

const stateOf = ({ kind, name, ttlMs }: Session, path: RouteMatch['path']) =>
  kind === 'header'
    ? extension('envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState', { name })
    : extension('envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState', {
        cookie: { name, ttl: optionalDuration(ttlMs), path: cookiePath(path) },
      });

/** A segment with one of these matches more than itself. */
const PATTERN = /[\\^$.|?*+()[\]{}]/;

/**
 * The cookie's path, as GEP-1619 has it: that of the match, of a pattern its first segments that are none.
 * Envoy keeps sessions only below it. Envoy Gateway looks for `*` alone, so that `/v[12]/x` would keep none.
 */
export function cookiePath(path: RouteMatch['path']): string {
  if (path.kind === 'exact') return path.value;
  if (path.kind === 'prefix') return path.value.replace(/\/$/, '') || '/';
  const segments = path.value.replace(/^\^/, '').split('/');
  const end = segments.findIndex((segment) => PATTERN.test(segment));
  // The last segment may go on behind a pattern's beginning: `/a` of `/ab*` is none of its own.
  const plain = end < 0 ? segments : segments.slice(0, end);
  return plain.join('/') || '/';
}
