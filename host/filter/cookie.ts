/** The cookie of a hash policy, as Envoy writes it for a request that has none. */
import type { HashKey } from '../plan/types.ts';

type CookieKey = Extract<HashKey, { kind: 'cookie' }>;

/**
 * What stands after the value in the set-cookie line, in the order of Http::Utility::makeSetCookieValue
 * (source/common/http/utility.cc): Max-Age, attributes, HttpOnly. Undefined: the cookie is never made.
 */
export function cookieAttributes({ ttlMs, attributes }: CookieKey): string | undefined {
  if (ttlMs === undefined) return undefined;
  // Envoy reads the seconds of the duration and drops the rest (source/common/http/hash_policy.cc).
  const seconds = Math.floor(ttlMs / 1000);
  return [
    ...(seconds === 0 ? [] : [`Max-Age=${seconds}`]),
    ...attributes.map(({ name, value }) => (value === '' ? name : `${name}=${value}`)),
    'HttpOnly',
  ].join('; ');
}
