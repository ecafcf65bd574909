/** `policies`: for each cluster its table and its hash policies, with the fixed parts of a generated cookie. */
import * as arena from '../bytes/arena';
import { MAX_ATTRIBUTES, MAX_CONFIG_NAME, MAX_KEYS, MAX_POLICIES, MAX_TABLES, MAX_TTL } from '../bytes/caps';
import * as json from '../bytes/json';
import * as region from '../bytes/region';
import { ABSENT, Bytes, equalText, size, view } from '../bytes/view';
import * as writer from '../bytes/writer';
import {
  Key,
  KEY_BYTES,
  KEY_COOKIE,
  KEY_HEADER,
  KEY_QUERY,
  KEY_SOURCE_IP,
  Policy,
  POLICY_BYTES,
  Selection,
} from '../select/model';
import { refuse, refuseValue } from './error';
import { decodeSticky } from './sticky';
import { keep, keepLower, name, text, whole } from './value';

/** Room for the fixed part of a cookie: its path and attributes. */
const COOKIE_ROOM: u32 = MAX_CONFIG_NAME * 4;

export function decodePolicies(selection: Selection): bool {
  if (json.kind() != json.KIND_ARRAY) return refuse('policies', 'must be an array');
  const count = json.count();
  if (json.failed()) return false;
  if (count == 0) return refuse('policies', 'is empty');
  if (count > MAX_POLICIES) return refuse('policies', 'has more than 16384 policies');
  selection.policyCount = count;
  selection.policies = region.alloc(count * POLICY_BYTES);
  if (selection.policies == 0) return refuse('policies', 'too large for the memory reserved');
  json.beginArray();
  for (let i: u32 = 0; json.nextItem(); i++) {
    if (!decodePolicy(changetype<Policy>(selection.policies + i * POLICY_BYTES), i)) return false;
  }
  return !json.failed();
}

/** `table` holds the number of the table plus 1 until all tables are known. */
function decodePolicy(policy: Policy, p: u32): bool {
  if (json.kind() != json.KIND_OBJECT) return refuse('policies[#]', 'must be an object', p);
  json.beginObject();
  while (json.nextKey()) {
    const field = json.key();
    if (equalText(field, 'cluster')) {
      const value = name();
      if (value == ABSENT) return refuse('policies[#].cluster', 'must be a name', p);
      policy.cluster = keep(value);
      if (policy.cluster == ABSENT) return refuse('policies[#].cluster', 'too large for the memory reserved', p);
    } else if (equalText(field, 'table')) {
      const value = whole(MAX_TABLES);
      if (value == u64.MAX_VALUE) return refuse('policies[#].table', 'must be the number of a table', p);
      policy.table = <usize>value + 1;
    } else if (equalText(field, 'hash')) {
      if (!decodeKeys(policy, p)) return false;
    } else if (equalText(field, 'sticky')) {
      if (!decodeSticky(policy, p)) return false;
    } else {
      return refuseValue('policies[#]', 'has the unknown field', field, p);
    }
  }
  if (json.failed()) return false;
  if (policy.cluster == ABSENT) return refuse('policies[#].cluster', 'is missing', p);
  if (policy.table == 0) return refuse('policies[#].table', 'is missing', p);
  return policy.keyCount > 0 || refuse('policies[#].hash', 'is missing', p);
}

function decodeKeys(policy: Policy, p: u32): bool {
  if (json.kind() != json.KIND_ARRAY) return refuse('policies[#].hash', 'must be an array', p);
  const count = json.count();
  if (json.failed()) return false;
  if (count == 0 || count > MAX_KEYS) return refuse('policies[#].hash', 'must have from 1 to 32 parts', p);
  policy.keyCount = count;
  policy.keys = region.alloc(count * KEY_BYTES);
  if (policy.keys == 0) return refuse('policies[#].hash', 'too large for the memory reserved', p);
  json.beginArray();
  for (let k: u32 = 0; json.nextItem(); k++) {
    if (!decodeKey(changetype<Key>(policy.keys + k * KEY_BYTES), p, k)) return false;
  }
  return !json.failed();
}

let ttl: u64 = 0;
let path: Bytes = 0;
let attributes: Bytes = 0;

function decodeKey(key: Key, p: u32, k: u32): bool {
  const where = 'policies[#].hash[#]';
  if (json.kind() != json.KIND_OBJECT) return refuse(where, 'must be an object', p, k);
  let kinds = 0;
  let cookieOnly = false;
  ttl = u64.MAX_VALUE;
  path = attributes = view(0, 0);
  json.beginObject();
  while (json.nextKey()) {
    const field = json.key();
    const kind = kindOf(field);
    if (kind >= 0) {
      const value = name();
      if (value == ABSENT) return refuse(where, 'must have a name', p, k);
      if (kind == KEY_SOURCE_IP && !equalText(value, 'ip')) return refuse(where, 'must be source "ip"', p, k);
      key.kind = <u32>kind;
      key.name = kind == KEY_HEADER ? keepLower(value) : keep(value);
      if (key.name == ABSENT) return refuse(where, 'too large for the memory reserved', p, k);
      kinds++;
    } else if (equalText(field, 'ttl')) {
      ttl = whole(MAX_TTL);
      if (ttl == u64.MAX_VALUE) return refuse('policies[#].hash[#].ttl', 'must be whole seconds up to 100 years', p, k);
      cookieOnly = true;
    } else if (equalText(field, 'path')) {
      path = text();
      if (path == ABSENT) return refuse('policies[#].hash[#].path', 'must be a string', p, k);
      cookieOnly = true;
    } else if (equalText(field, 'attributes')) {
      if (!decodeAttributes(p, k)) return false;
      cookieOnly = true;
    } else {
      return refuseValue(where, 'has the unknown field', field, p, k);
    }
  }
  if (json.failed()) return false;
  if (kinds != 1) return refuse(where, 'must have one of header, cookie, query and source', p, k);
  if (key.kind != KEY_COOKIE) return !cookieOnly || refuse(where, 'has a field that only a cookie has', p, k);
  return ttl == u64.MAX_VALUE || buildCookie(key) || refuse(where, 'is too long', p, k);
}

function kindOf(field: Bytes): i32 {
  if (equalText(field, 'header')) return <i32>KEY_HEADER;
  if (equalText(field, 'cookie')) return <i32>KEY_COOKIE;
  if (equalText(field, 'query')) return <i32>KEY_QUERY;
  return equalText(field, 'source') ? <i32>KEY_SOURCE_IP : -1;
}

/** Writes `; name=value` for each, which is what stands in the header. */
function decodeAttributes(p: u32, k: u32): bool {
  const where = 'policies[#].hash[#].attributes';
  if (json.kind() != json.KIND_ARRAY) return refuse(where, 'must be an array', p, k);
  writer.open(arena.alloc(COOKIE_ROOM), COOKIE_ROOM);
  json.beginArray();
  for (let i: u32 = 0; json.nextItem(); i++) {
    if (i == MAX_ATTRIBUTES) return refuse(where, 'has more than 16 attributes', p, k);
    if (json.kind() != json.KIND_ARRAY) return refuse(where, 'must have pairs of name and value', p, k);
    json.beginArray();
    const attribute = json.nextItem() ? name() : ABSENT;
    const value = json.nextItem() ? text() : ABSENT;
    if (attribute == ABSENT || value == ABSENT || json.nextItem()) {
      return refuse(where, 'must have pairs of name and value', p, k);
    }
    writer.text('; ');
    writer.bytes(attribute);
    if (size(value) > 0) {
      writer.byte(0x3d);
      writer.bytes(value);
    }
  }
  attributes = writer.written();
  return !json.failed() && (!writer.overflowed() || refuse(where, 'is too long', p, k));
}

/** The parts of Http::Utility::makeSetCookieValue: name, value, Max-Age, Path, attributes, HttpOnly. */
function buildCookie(key: Key): bool {
  const room = arena.alloc(COOKIE_ROOM * 2);
  writer.open(room, COOKIE_ROOM);
  writer.bytes(key.name);
  writer.text('="');
  if (writer.overflowed()) return false;
  key.cookieHead = keep(writer.written());
  writer.open(room, COOKIE_ROOM * 2);
  writer.byte(0x22);
  if (ttl != 0) {
    writer.text('; Max-Age=');
    writer.decimal(ttl);
  }
  if (size(path) > 0) {
    writer.text('; Path=');
    writer.bytes(path);
  }
  writer.bytes(attributes);
  writer.text('; HttpOnly');
  if (writer.overflowed()) return false;
  key.cookieTail = keep(writer.written());
  key.generate = 1;
  return key.cookieHead != ABSENT && key.cookieTail != ABSENT;
}
