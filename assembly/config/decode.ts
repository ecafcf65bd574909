/**
 * A plugin's configuration from JSON: `{"role":"select", …}` or `{"role":"report", …}`. Everything is checked
 * here, once. The result is in one region and needs no further checks. Unknown fields are refused.
 */
import { CONFIG_BASE, CONFIG_FACTOR } from '../bytes/caps';
import * as json from '../bytes/json';
import * as region from '../bytes/region';
import { ABSENT, Bytes, equalText, size, slice } from '../bytes/view';
import * as writer from '../bytes/writer';
import { Selection, TABLE_BYTES } from '../select/model';
import { indexPolicies, policyAt } from '../select/select';
import { clearError, errorLine, refuse, refuseValue, TOO_LARGE } from './error';
import * as names from './metric-names';
import { Reporting } from './model';
import { decodePolicies } from './policies';
import { decodeTables } from './tables';
import { flag, keep, name } from './value';

const ROLE_SELECT: u32 = 1;
const ROLE_REPORT: u32 = 2;
/** Which roles the given fields belong to. */
const HAS_SELECT: u32 = 1;
const HAS_REPORT: u32 = 2;
/** Of the length of a name: MAX_CONFIG_NAME has four. */
const LENGTH_DIGITS: u32 = 4;

let selection: Selection = changetype<Selection>(0);
let reporting: Reporting = changetype<Reporting>(0);
let role: u32 = 0;
let has: u32 = 0;
let memory_: usize = 0;

/** What the last `decode` made, if it was good: one of the two is not 0. */
export function decodedSelection(): usize {
  return role == ROLE_SELECT ? changetype<usize>(selection) : 0;
}

export function decodedReporting(): usize {
  return role == ROLE_REPORT ? changetype<usize>(reporting) : 0;
}

/** The block that holds it, to be freed with its root context. */
export function decodedMemory(): usize {
  return memory_;
}

/** Decodes a text. False when it is refused; `errorLine` says why. Its strings may be changed in place. */
export function decode(text: Bytes): bool {
  clearError();
  role = has = 0;
  if (!region.open(size(text) * CONFIG_FACTOR + CONFIG_BASE)) {
    return refuse('memory', 'there is not enough');
  }
  selection = changetype<Selection>(region.alloc(offsetof<Selection>()));
  reporting = changetype<Reporting>(region.alloc(offsetof<Reporting>()));
  json.open(text);
  let good = decodeFields();
  if (size(errorLine()) == 0 && (json.failed() || !json.atEnd())) {
    good = refuse('byte #', 'this is not JSON', json.offset());
  }
  good = good && (role == ROLE_SELECT ? finishSelection() : finishReporting());
  if (good) memory_ = region.close();
  else region.drop();
  return good;
}

function decodeFields(): bool {
  if (json.kind() != json.KIND_OBJECT) return refuse('configuration', 'must be a JSON object with a role');
  json.beginObject();
  while (json.nextKey()) {
    if (!decodeField(json.key())) return false;
  }
  if (json.failed()) return false;
  if (role == 0) return refuse('role', 'is missing');
  return has == role || has == 0 || refuse('role', 'does not go with the other fields');
}

function decodeField(field: Bytes): bool {
  if (equalText(field, 'role')) {
    const value = name();
    role = equalText(value, 'select') ? ROLE_SELECT : equalText(value, 'report') ? ROLE_REPORT : 0;
    return role != 0 || refuse('role', 'must be "select" or "report"');
  }
  if (equalText(field, 'tables')) {
    has |= HAS_SELECT;
    return selection.tables == 0 ? decodeTables(selection) : refuse('tables', 'is given twice');
  }
  if (equalText(field, 'policies')) {
    has |= HAS_SELECT;
    return selection.policies == 0 ? decodePolicies(selection) : refuse('policies', 'is given twice');
  }
  if (equalText(field, 'only')) {
    has |= HAS_SELECT;
    const value = flag();
    selection.only = value == 1 ? 1 : 0;
    return value >= 0 || refuse('only', 'must be true or false');
  }
  if (equalText(field, 'cluster')) {
    has |= HAS_REPORT;
    const value = name();
    if (value == ABSENT) return refuse('cluster', 'must be a name');
    reporting.cluster = keep(value);
    return reporting.cluster != ABSENT || refuse('cluster', TOO_LARGE);
  }
  if (equalText(field, 'strip')) {
    has |= HAS_REPORT;
    const value = flag();
    reporting.strip = value == 1 ? 1 : 0;
    return value >= 0 || refuse('strip', 'must be true or false');
  }
  if (equalText(field, 'metricNames')) {
    has |= HAS_REPORT;
    return reporting.names == 0 ? decodeMetricNames() : refuse('metricNames', 'is given twice');
  }
  return refuseValue('configuration', 'has the unknown field', field);
}

function decodeMetricNames(): bool {
  if (!names.decodeNames()) return false;
  reporting.names = names.names;
  reporting.nameCount = names.nameCount;
  return true;
}

/** Gives each policy its table, and the clusters their index. */
function finishSelection(): bool {
  if (selection.policyCount == 0) return refuse('policies', 'is missing');
  if (selection.only && selection.policyCount != 1) return refuse('only', 'needs exactly one policy');
  for (let i: u32 = 0; i < selection.policyCount; i++) {
    const policy = policyAt(selection, i);
    if (policy.tableNumber >= selection.tableCount) {
      return refuse('policies[#].table', 'there is no such table', i);
    }
    policy.table = selection.tables + policy.tableNumber * TABLE_BYTES;
  }
  let places: u32 = 4;
  while (places < selection.policyCount * 2) places *= 2;
  selection.indexMask = places - 1;
  selection.index = region.alloc(places * 4);
  if (selection.index == 0) return refuse('policies', TOO_LARGE);
  return indexPolicies(selection) || refuse('policies', 'have a cluster twice');
}

function finishReporting(): bool {
  if (reporting.cluster == ABSENT) return refuse('cluster', 'is missing');
  const prefix = 'loadstar.responses.';
  let length = <u32>prefix.length + size(reporting.cluster);
  for (let i: u32 = 0; i < reporting.nameCount; i++) length += LENGTH_DIGITS + 1 + size(nameAt(i));
  const to = region.alloc(length);
  if (to == 0) return refuse('cluster', TOO_LARGE);
  writer.open(to, length);
  writer.text(prefix);
  writer.bytes(reporting.cluster);
  reporting.sharedKey = writer.written();
  for (let i: u32 = 0; i < reporting.nameCount; i++) {
    writer.decimal(size(nameAt(i)));
    writer.byte(0x3a);
    writer.bytes(nameAt(i));
  }
  reporting.namesText = slice(writer.written(), size(reporting.sharedKey), size(writer.written()));
  return true;
}

function nameAt(index: u32): Bytes {
  return load<u64>(reporting.names + index * 8);
}
