/**
 * Request headers in the listener role: key → hash → host → hint, or a changed key where it leaves home. At
 * most four calls of the host return bytes: the cluster's name (where there are several policies), all
 * headers at once (only so does the ABI give every value of a repeated one), the client's address and, to
 * generate a cookie, the listener's address.
 */
import { MAP_REQUEST_HEADERS } from '../abi/enums';
import * as host from '../abi/host';
import { ABSENT, at, Bytes, size, view } from '../bytes/view';
import * as arena from '../bytes/arena';
import * as writer from '../bytes/writer';
import { combine } from '../hash/combine';
import { xxh64 } from '../hash/xxh64';
import { cookieValue } from '../key/cookie';
import { hashHeader, readHeader } from '../key/header';
import { queryValue, requestPath } from '../key/query';
import { addressWithoutPort } from '../key/source-ip';
import { Key, KEY_COOKIE, KEY_HEADER, KEY_QUERY, Policy, Selection, Table } from '../select/model';
import { keyAt, pick, policyAt, policyOf } from '../select/select';
import { Context } from './contexts';
import * as metrics from './metrics';
import { sendUntilHot } from './sticky-requests';
import { CLUSTER_NAME, DESTINATION_ADDRESS, HINT, SOURCE_ADDRESS } from './texts';

/** What was read of this request. ABSENT: not yet. */
let headerMap: Bytes = 0;
let client: Bytes = 0;

const cookieText: usize = memory.data(writer.HEX_DIGITS);

export function selectHost(context: Context, selection: Selection): void {
  const policy = policyFor(selection);
  if (!policy) return;
  context.policy = changetype<usize>(policy);
  startReading();
  let hash: u64 = 0;
  let any = false;
  for (let i: u32 = 0; i < policy.keyCount; i++) {
    const key = keyAt(policy, i);
    const value = readKey(key, i, context);
    // Envoy's own policy makes the cookie that is missing, and only where no host is proposed.
    if (value == ABSENT && key.kind == KEY_COOKIE) return metrics.count(metrics.KEYS_ABSENT);
    if (value == ABSENT) continue;
    hash = combine(hash, any, hashKey(key, value));
    any = true;
  }
  if (!any) return metrics.count(metrics.KEYS_ABSENT);
  if (policy.sticky != 0) return sendUntilHot(context, policy, hash);
  const chosen = pick(changetype<Table>(policy.table), hash, 0);
  if (!chosen) return;
  host.replaceHeader(MAP_REQUEST_HEADERS, HINT, chosen.hint);
  metrics.count(metrics.PICKS);
}

function policyFor(selection: Selection): Policy | null {
  if (selection.only) return policyAt(selection, 0);
  const cluster = host.property(CLUSTER_NAME);
  return cluster == ABSENT ? null : policyOf(selection, cluster);
}

function headers(): Bytes {
  if (headerMap == ABSENT) headerMap = host.headerPairs(MAP_REQUEST_HEADERS);
  return headerMap;
}

function clientAddress(): Bytes {
  if (client == ABSENT) client = host.property(SOURCE_ADDRESS);
  return client;
}

/** Forgets what was read of the request before. */
export function startReading(): void {
  headerMap = client = ABSENT;
}

/**
 * The value of a key (of a header with several values the first), or ABSENT when the request does not have
 * it.
 */
export function readKey(key: Key, index: u32, context: Context): Bytes {
  switch (key.kind) {
    case KEY_HEADER:
      return readHeader(headers(), key.name);
    case KEY_COOKIE: {
      const value = cookieValue(headers(), key.name);
      if (size(value) > 0) return value;
      return key.set == ABSENT ? ABSENT : generate(index, context);
    }
    case KEY_QUERY:
      return queryValue(requestPath(headers()), key.name);
    default:
      return addressWithoutPort(clientAddress());
  }
}

/** Hash of the key that was read last, by its value. */
export function hashKey(key: Key, value: Bytes): u64 {
  return key.kind == KEY_HEADER ? hashHeader() : xxh64(value, 0);
}

/**
 * A policy that is sticky until hot may send a new client elsewhere than Envoy's own policy would, so it
 * makes the cookie itself. The value is Envoy's (Filter::addDownstreamSetCookie in
 * source/common/router/router.h): 16 hexadecimal digits of the hash of both addresses with their ports. It is
 * the same for all requests of a connection, and the one that Envoy generates when it has to choose itself.
 * So first requests in parallel agree.
 */
function generate(index: u32, context: Context): Bytes {
  const from = clientAddress();
  const to = host.property(DESTINATION_ADDRESS);
  if (from == ABSENT || to == ABSENT) return ABSENT;
  const room = arena.alloc(size(from) + size(to));
  if (room == 0) return ABSENT;
  memory.copy(room, at(from), size(from));
  memory.copy(room + size(from), at(to), size(to));
  context.cookieValue = xxh64(view(room, size(from) + size(to)), 0);
  context.cookies |= 1 << index;
  writer.open(cookieText, writer.HEX_DIGITS);
  writer.hex(context.cookieValue);
  return writer.written();
}
