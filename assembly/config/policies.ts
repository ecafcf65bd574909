/** `policies`: for each cluster its table and its keys. */
import { MAX_KEYS, MAX_POLICIES, MAX_TABLES } from '../bytes/caps';
import * as json from '../bytes/json';
import * as region from '../bytes/region';
import { ABSENT, Bytes, equalText } from '../bytes/view';
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
import { decodeSticky } from './sticky-settings';
import { keep, keepLower, name, whole } from './value';

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
    } else if (equalText(field, 'set')) {
      const value = name();
      if (value == ABSENT) return refuse('policies[#].hash[#].set', 'must be the end of a set-cookie line', p, k);
      key.set = keep(value);
      if (key.set == ABSENT) return refuse(where, TOO_LARGE, p, k);
    } else {
      return refuseValue(where, 'has the unknown field', field, p, k);
    }
  }
  if (json.failed()) return false;
  if (kinds != 1) return refuse(where, 'must have one of header, cookie, query and source', p, k);
  return key.set == ABSENT || key.kind == KEY_COOKIE || refuse(where, 'has a field that only a cookie has', p, k);
}

function kindOf(field: Bytes): i32 {
  if (equalText(field, 'header')) return <i32>KEY_HEADER;
  if (equalText(field, 'cookie')) return <i32>KEY_COOKIE;
  if (equalText(field, 'query')) return <i32>KEY_QUERY;
  return equalText(field, 'source') ? <i32>KEY_SOURCE_IP : -1;
}
