/** `policies`: for each cluster its table and its keys, with the fixed parts of a generated cookie. */
import * as arena from '../bytes/arena';
import { MAX_ATTRIBUTES, MAX_COOKIE_PART, MAX_KEYS, MAX_POLICIES, MAX_TABLES, MAX_TTL } from '../bytes/caps';
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
import { keyAt, policyAt } from '../select/select';
import { refuse, refuseValue, TOO_LARGE } from './error';
import { decodeSticky } from './sticky';
import { keep, keepLower, name, text, whole } from './value';

export function decodePolicies(selection: Selection): bool {
  if (json.kind() != json.KIND_ARRAY) return refuse('policies', 'must be an array');
  const count = json.count();
  if (json.failed()) return false;
  if (count == 0) return refuse('policies', 'is empty');
  if (count > MAX_POLICIES) return refuse('policies', 'has more than # policies', MAX_POLICIES);
  selection.policyCount = count;
  selection.policies = region.alloc(count * POLICY_BYTES);
  if (selection.policies == 0) return refuse('policies', TOO_LARGE);
  json.beginArray();
  for (let i: u32 = 0; json.nextItem(); i++) {
    if (!decodePolicy(policyAt(selection, i), i)) return false;
  }
  return !json.failed();
}

function decodePolicy(policy: Policy, p: u32): bool {
  if (json.kind() != json.KIND_OBJECT) return refuse('policies[#]', 'must be an object', p);
  let hasTable = false;
  json.beginObject();
  while (json.nextKey()) {
    const field = json.key();
    if (equalText(field, 'cluster')) {
      const value = name();
      if (value == ABSENT) return refuse('policies[#].cluster', 'must be a name', p);
      policy.cluster = keep(value);
      if (policy.cluster == ABSENT) return refuse('policies[#].cluster', TOO_LARGE, p);
    } else if (equalText(field, 'table')) {
      const value = whole(MAX_TABLES);
      if (value == u64.MAX_VALUE) return refuse('policies[#].table', 'must be the number of a table', p);
      policy.tableNumber = <u32>value;
      hasTable = true;
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
  if (!hasTable) return refuse('policies[#].table', 'is missing', p);
  return policy.keyCount > 0 || refuse('policies[#].hash', 'is missing', p);
}

function decodeKeys(policy: Policy, p: u32): bool {
  if (json.kind() != json.KIND_ARRAY) return refuse('policies[#].hash', 'must be an array', p);
  const count = json.count();
  if (json.failed()) return false;
  if (count == 0 || count > MAX_KEYS) {
    return refuse('policies[#].hash', 'must have from 1 to # parts', p, MAX_KEYS);
  }
  policy.keyCount = count;
  policy.keys = region.alloc(count * KEY_BYTES);
  if (policy.keys == 0) return refuse('policies[#].hash', TOO_LARGE, p);
  json.beginArray();
  for (let k: u32 = 0; json.nextItem(); k++) {
    if (!decodeKey(keyAt(policy, k), p, k)) return false;
  }
  return !json.failed();
}

function decodeKey(key: Key, p: u32, k: u32): bool {
  const where = 'policies[#].hash[#]';
  if (json.kind() != json.KIND_OBJECT) return refuse(where, 'must be an object', p, k);
  let kinds = 0;
  let generated = false;
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
      if (key.name == ABSENT) return refuse(where, TOO_LARGE, p, k);
      kinds++;
    } else if (equalText(field, 'generate')) {
      if (!decodeGenerate(p, k)) return false;
      generated = true;
    } else {
      return refuseValue(where, 'has the unknown field', field, p, k);
    }
  }
  if (json.failed()) return false;
  if (kinds != 1) return refuse(where, 'must have one of header, cookie, query and source', p, k);
  if (!generated) return true;
  if (key.kind != KEY_COOKIE) return refuse(where, 'has a field that only a cookie has', p, k);
  return keepCookie(key) || refuse(where, 'is too long', p, k);
}

function kindOf(field: Bytes): i32 {
  if (equalText(field, 'header')) return <i32>KEY_HEADER;
  if (equalText(field, 'cookie')) return <i32>KEY_COOKIE;
  if (equalText(field, 'query')) return <i32>KEY_QUERY;
  return equalText(field, 'source') ? <i32>KEY_SOURCE_IP : -1;
}

/** Of the cookie that is decoded now: Max-Age in seconds (0: none), and the text of its attributes. */
let ttl: u64 = 0;
let attributes: Bytes = 0;

/** `generate` of a cookie: how it is set for a request that has none. */
function decodeGenerate(p: u32, k: u32): bool {
  const where = 'policies[#].hash[#].generate';
  if (json.kind() != json.KIND_OBJECT) return refuse(where, 'must be an object', p, k);
  ttl = 0;
  attributes = view(0, 0);
  json.beginObject();
  while (json.nextKey()) {
    const field = json.key();
    if (equalText(field, 'ttl')) {
      ttl = whole(MAX_TTL);
      if (ttl == u64.MAX_VALUE) {
        return refuse('policies[#].hash[#].generate.ttl', 'must be whole seconds up to #', p, k, <u32>MAX_TTL);
      }
    } else if (equalText(field, 'attributes')) {
      if (!decodeAttributes(p, k)) return false;
    } else {
      return refuseValue(where, 'has the unknown field', field, p, k);
    }
  }
  return !json.failed();
}

/** Writes `; name=value` for each, as in the header. */
function decodeAttributes(p: u32, k: u32): bool {
  const where = 'policies[#].hash[#].generate.attributes';
  if (json.kind() != json.KIND_ARRAY) return refuse(where, 'must be an array', p, k);
  writer.open(arena.alloc(MAX_COOKIE_PART), MAX_COOKIE_PART);
  json.beginArray();
  for (let i: u32 = 0; json.nextItem(); i++) {
    if (i == MAX_ATTRIBUTES) return refuse(where, 'has more than # attributes', p, k, MAX_ATTRIBUTES);
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

/** As Http::Utility::makeSetCookieValue orders it: name, value, Max-Age, attributes, HttpOnly. */
function keepCookie(key: Key): bool {
  const room = arena.alloc(MAX_COOKIE_PART * 2);
  writer.open(room, MAX_COOKIE_PART);
  writer.bytes(key.name);
  writer.text('="');
  if (writer.overflowed()) return false;
  key.cookieHead = keep(writer.written());
  writer.open(room, MAX_COOKIE_PART * 2);
  writer.byte(0x22);
  if (ttl != 0) {
    writer.text('; Max-Age=');
    writer.decimal(ttl);
  }
  writer.bytes(attributes);
  writer.text('; HttpOnly');
  if (writer.overflowed()) return false;
  key.cookieTail = keep(writer.written());
  key.generate = 1;
  return key.cookieHead != ABSENT && key.cookieTail != ABSENT;
}
