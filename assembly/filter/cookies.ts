/**
 * Response headers in the listener role: the cookies that were made for the request, which only a policy does
 * that is sticky until hot (docs/STICKY.md). Where the response already sets a cookie of that name the filter
 * adds none. Then Envoy has made its own, since it could not use the filter's choice, or the application sets
 * it.
 */
import { MAP_RESPONSE_HEADERS } from '../abi/enums';
import * as host from '../abi/host';
import * as arena from '../bytes/arena';
import * as pairs from '../bytes/pairs';
import { ABSENT, Bytes, equal, find, size, slice } from '../bytes/view';
import * as writer from '../bytes/writer';
import { cookieInLine } from '../key/cookie';
import { Key, Policy } from '../select/model';
import { keyAt } from '../select/select';
import { Context } from './contexts';
import * as metrics from './metrics';
import { SET_COOKIE } from './texts';

export function addCookies(context: Context): void {
  const policy = changetype<Policy>(context.policy);
  const map = host.headerPairs(MAP_RESPONSE_HEADERS);
  for (let i: u32 = 0; i < policy.keyCount; i++) {
    if (!(context.cookies & (1 << i))) continue;
    const key = keyAt(policy, i);
    if (isSet(map, key.name)) metrics.count(metrics.COOKIES_DEFERRED);
    else add(key, context.cookieValue);
  }
  context.cookies = 0;
}

function isSet(map: Bytes, name: Bytes): bool {
  pairs.open(map);
  while (pairs.next()) {
    if (!equal(pairs.name(), SET_COOKIE)) continue;
    const line = pairs.value();
    if (cookieInLine(slice(line, 0, find(line, 0x3b, 0)), name) != ABSENT) return true;
  }
  return false;
}

function add(key: Key, value: u64): void {
  const length = size(key.name) + writer.HEX_DIGITS + size(key.set) + 5;
  writer.open(arena.alloc(length), length);
  writer.bytes(key.name);
  writer.text('="');
  writer.hex(value);
  writer.text('"; ');
  writer.bytes(key.set);
  if (writer.overflowed()) return;
  host.addHeader(MAP_RESPONSE_HEADERS, SET_COOKIE, writer.written());
  metrics.count(metrics.COOKIES_GENERATED);
}
