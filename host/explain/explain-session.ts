/**
 * The host that the token of a session names, read as Envoy reads it (stateful_session's cookie and header).
 */
import { knownHosts } from '../filter/hosts.ts';
import type { Pool, Route, Session } from '../plan/types.ts';
import { headerValues, type Request } from './request.ts';
import { cookiesOf } from './route-match.ts';

export const sessionName = ({ kind, name }: Session): string => `${kind} ${name}`;

/** Undefined: the request brings none, or one that names no host of the pool. */
export function sessionHost({ handling }: Route, pool: Pool, request: Request): string | undefined {
  const { session } = handling ?? {};
  const token = session === undefined ? undefined : tokenOf(session, request);
  if (token === undefined) return undefined;
  const text = Buffer.from(token, 'base64').toString('latin1');
  // A cookie holds a message whose first field is the address.
  const length = text.charCodeAt(1);
  const host = text.startsWith('\n') ? text.slice(2, 2 + length) : text;
  return knownHosts(pool).find((known) => known === host);
}

const tokenOf = ({ kind, name }: Session, request: Request): string | undefined =>
  kind === 'header' ? headerValues(request, name)[0] : cookiesOf(request).get(name);
