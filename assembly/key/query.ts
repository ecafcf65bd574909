/**
 * A query parameter's value as Http::Utility::QueryParamsMulti::parseQueryString reads it
 * (source/common/http/utility.cc). The query is from the first `?` to the end and cut at `&`; a name ends at
 * the first `=`. Nothing is decoded, and there is no fragment. The first of a repeated name counts. A name
 * without `=` has the empty value, which is hashed.
 */
import * as pairs from '../bytes/pairs';
import { ABSENT, Bytes, equal, equalText, find, size, slice } from '../bytes/view';

/** Value of parameter `name` in a path, or ABSENT. */
export function queryValue(path: Bytes, name: Bytes): Bytes {
  const length = size(path);
  let from = find(path, 0x3f, 0) + 1;
  while (from < length) {
    const to = find(path, 0x26, from);
    const part = slice(path, from, to);
    const equals = find(part, 0x3d, 0);
    if (equal(slice(part, 0, equals), name)) return slice(part, min(equals + 1, size(part)), size(part));
    from = to + 1;
  }
  return ABSENT;
}

/** The path of a request's header map, or ABSENT. */
export function requestPath(map: Bytes): Bytes {
  pairs.open(map);
  while (pairs.next()) {
    if (equalText(pairs.name(), ':path')) return pairs.value();
  }
  return ABSENT;
}
