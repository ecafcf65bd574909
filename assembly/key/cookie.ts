/**
 * A cookie's value as Http::Utility::parseCookieValue reads it (source/common/http/utility.cc,
 * forEachCookie). Header lines are read in order and cut at `;`. Spaces before the name are dropped; nothing
 * else is trimmed. The first cookie of the name counts. One pair of double quotes around the value is taken
 * off. An empty value counts as no cookie.
 */
import * as pairs from '../bytes/pairs';
import { ABSENT, at, Bytes, equal, equalText, find, size, slice } from '../bytes/view';

/** Value of cookie `name` in the request's header map, or ABSENT; may be empty. */
export function cookieValue(map: Bytes, name: Bytes): Bytes {
  pairs.open(map);
  while (pairs.next()) {
    if (!equalText(pairs.name(), 'cookie')) continue;
    const value = cookieInLine(pairs.value(), name);
    if (value != ABSENT) return value;
  }
  return ABSENT;
}

/** The same for one header line. Of a set-cookie line the caller passes the part before the first `;`. */
export function cookieInLine(line: Bytes, name: Bytes): Bytes {
  const length = size(line);
  let from: u32 = 0;
  while (from < length) {
    const to = find(line, 0x3b, from);
    const value = cookieInPart(slice(line, from, to), name);
    if (value != ABSENT) return value;
    from = to + 1;
  }
  return ABSENT;
}

function cookieInPart(part: Bytes, name: Bytes): Bytes {
  const length = size(part);
  const equals = find(part, 0x3d, 0);
  if (equals == length) return ABSENT;
  let from: u32 = 0;
  while (load<u8>(at(part) + from) == 0x20) from++;
  if (!equal(slice(part, from, equals), name)) return ABSENT;
  let start = equals + 1;
  let end = length;
  if (end - start >= 2 && load<u8>(at(part) + start) == 0x22 && load<u8>(at(part) + end - 1) == 0x22) {
    start++;
    end--;
  }
  return slice(part, start, end);
}
