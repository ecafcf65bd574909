/** `tables`: hosts with their weights, from JSON to sorted hosts with shares. Slots are built later. */
import * as arena from '../bytes/arena';
import { encode } from '../bytes/base64';
import { MAX_HOSTS, MAX_LOCALITIES, MAX_TABLE_SIZE, MAX_TABLES } from '../bytes/caps';
import * as json from '../bytes/json';
import * as region from '../bytes/region';
import { ABSENT, at, Bytes, compare, equalText, size } from '../bytes/view';
import * as writer from '../bytes/writer';
import { addressWithoutPort } from '../key/source-ip';
import { isPrime } from '../maglev/table';
import { hostShare, localityShare } from '../maglev/weight';
import { Host, HOST_BYTES, Selection, Table, TABLE_BYTES } from '../select/model';
import { hostAt } from '../select/select';
import { refuse, refuseValue, TOO_LARGE } from './error';
import { flag, keep, name, whole } from './value';

@unmanaged
class Locality {
  weight: u32;
  /** Its hosts: the first one's place in the table, how many, and the sum of their weights. */
  first: u32;
  count: u32;
  sum: u64;
}

const LOCALITY_BYTES: u32 = <u32>offsetof<Locality>();

export function decodeTables(selection: Selection): bool {
  if (json.kind() != json.KIND_ARRAY) return refuse('tables', 'must be an array');
  const count = json.count();
  if (json.failed()) return false;
  if (count > MAX_TABLES) return refuse('tables', 'has more than # tables', MAX_TABLES);
  selection.tableCount = count;
  selection.tables = region.alloc(max<usize>(1, count * TABLE_BYTES));
  if (selection.tables == 0) return refuse('tables', TOO_LARGE);
  json.beginArray();
  for (let i: u32 = 0; json.nextItem(); i++) {
    if (!decodeTable(changetype<Table>(selection.tables + i * TABLE_BYTES), i)) return false;
  }
  return !json.failed();
}

function decodeTable(table: Table, t: u32): bool {
  if (json.kind() != json.KIND_OBJECT) return refuse('tables[#]', 'must be an object', t);
  let weighted = 0;
  let localities: usize = 0;
  let count: u32 = 0;
  json.beginObject();
  while (json.nextKey()) {
    const key = json.key();
    if (equalText(key, 'size')) {
      const value = whole(MAX_TABLE_SIZE);
      if (value == u64.MAX_VALUE || !isPrime(<u32>value)) {
        return refuse('tables[#].size', 'must be a prime number from 2 to #', t, MAX_TABLE_SIZE);
      }
      table.size = <u32>value;
    } else if (equalText(key, 'localityWeighted')) {
      weighted = flag();
      if (weighted < 0) return refuse('tables[#].localityWeighted', 'must be true or false', t);
    } else if (equalText(key, 'localities')) {
      if (localities != 0) return refuse('tables[#].localities', 'is given twice', t);
      if (json.kind() != json.KIND_ARRAY) return refuse('tables[#].localities', 'must be an array', t);
      count = json.count();
      if (json.failed()) return false;
      if (count > MAX_LOCALITIES) {
        return refuse('tables[#].localities', 'has more than # localities', t, MAX_LOCALITIES);
      }
      localities = arena.alloc((count + 1) * <u32>LOCALITY_BYTES);
      if (localities == 0) return refuse('tables[#].localities', TOO_LARGE, t);
      if (!decodeLocalities(table, localities, t)) return false;
    } else {
      return refuseValue('tables[#]', 'has the unknown field', key, t);
    }
  }
  if (json.failed()) return false;
  if (table.size == 0) return refuse('tables[#].size', 'is missing', t);
  if (localities == 0) return refuse('tables[#].localities', 'is missing', t);
  return finish(table, localities, count, weighted == 1, t);
}

function decodeLocalities(table: Table, localities: usize, t: u32): bool {
  // Hosts are one array: until all of a table's are read, nothing else is taken from the region.
  table.hosts = region.alloc(0);
  json.beginArray();
  for (let l: u32 = 0; json.nextItem(); l++) {
    const locality = changetype<Locality>(localities + l * LOCALITY_BYTES);
    locality.weight = 1;
    locality.first = table.hostCount;
    locality.sum = 0;
    if (json.kind() != json.KIND_OBJECT) return refuse('tables[#].localities[#]', 'must be an object', t, l);
    json.beginObject();
    while (json.nextKey()) {
      const key = json.key();
      if (equalText(key, 'weight')) {
        const value = whole(u32.MAX_VALUE);
        if (value == u64.MAX_VALUE) {
          return refuse('tables[#].localities[#].weight', 'must be a whole number up to 4294967295', t, l);
        }
        locality.weight = <u32>value;
      } else if (equalText(key, 'hosts')) {
        if (!decodeHosts(table, locality, t, l)) return false;
      } else {
        return refuseValue('tables[#].localities[#]', 'has the unknown field', key, t, l);
      }
    }
    locality.count = table.hostCount - locality.first;
  }
  return !json.failed();
}

function decodeHosts(table: Table, locality: Locality, t: u32, l: u32): bool {
  const path = 'tables[#].localities[#].hosts[#]';
  if (json.kind() != json.KIND_ARRAY) return refuse('tables[#].localities[#].hosts', 'must be an array', t, l);
  json.beginArray();
  for (let h: u32 = 0; json.nextItem(); h++) {
    if (table.hostCount == MAX_HOSTS) return refuse('tables[#]', 'has more than # hosts', t, MAX_HOSTS);
    if (json.kind() != json.KIND_ARRAY) return refuse(path, 'must be an array of address and weight', t, l, h);
    json.beginArray();
    const address = json.nextItem() ? name() : ABSENT;
    if (address == ABSENT || addressWithoutPort(address) == ABSENT) {
      return refuse(path, 'must start with an address as "10.0.0.1:80" or "[::1]:80"', t, l, h);
    }
    const weight = json.nextItem() ? whole(u32.MAX_VALUE) : u64.MAX_VALUE;
    if (weight == u64.MAX_VALUE || weight == 0) {
      return refuse(path, 'must have a weight from 1 to 4294967295', t, l, h);
    }
    if (json.nextItem()) return refuse(path, 'must have two parts', t, l, h);
    if (json.failed()) return false;
    const record = region.alloc(HOST_BYTES);
    if (record == 0) return refuse(path, TOO_LARGE, t, l, h);
    const host = changetype<Host>(record);
    host.address = address;
    host.weight = <u32>weight;
    locality.sum += weight;
    table.hostCount++;
  }
  return !json.failed();
}

/**
 * Shares, the order of addresses, the hints. An address that stands twice stays two hosts, as for Envoy: both
 * step through the same slots, so that together they have the turns of both.
 */
function finish(table: Table, localities: usize, count: u32, weighted: bool, t: u32): bool {
  let sum: u64 = 0;
  let hostSum: u64 = 0;
  for (let l: u32 = 0; l < count; l++) {
    const locality = changetype<Locality>(localities + l * LOCALITY_BYTES);
    sum += <u64>locality.weight;
    hostSum += locality.sum;
  }
  if (sum > <u64>u32.MAX_VALUE) return refuse('tables[#].localities', 'weighs more than # in sum', t, u32.MAX_VALUE);
  if (hostSum > <u64>u32.MAX_VALUE) return refuse('tables[#]', 'weighs more than # in sum', t, u32.MAX_VALUE);
  let kept: u32 = 0;
  for (let l: u32 = 0; l < count; l++) {
    const locality = changetype<Locality>(localities + l * LOCALITY_BYTES);
    // The hosts of a locality of weight 0 are not in the table (Envoy's normalizeLocalityWeights).
    if (weighted && locality.weight == 0) continue;
    const share = weighted ? localityShare(locality.weight, sum) : 1;
    const among = weighted ? locality.sum : hostSum;
    for (let i: u32 = 0; i < locality.count; i++) {
      const from = hostAt(table, locality.first + i);
      const to = hostAt(table, kept++);
      to.address = from.address;
      to.share = hostShare(from.weight, share, among);
      table.largestShare = max(table.largestShare, to.share);
    }
  }
  table.hostCount = kept;
  sort(table);
  for (let i: u32 = 0; i < kept; i++) {
    const host = hostAt(table, i);
    host.address = keep(host.address);
    host.hint = hint(host.address);
    if (host.address == ABSENT || host.hint == ABSENT) return refuse('tables[#]', TOO_LARGE, t);
  }
  return true;
}

function hint(address: Bytes): Bytes {
  const length = ((size(address) + 2) / 3) * 4;
  const to = region.alloc(length);
  if (to == 0) return ABSENT;
  writer.open(to, length);
  encode(address);
  return writer.written();
}

/** Heap sort by address: in place, and bounded for any input. */
function sort(table: Table): void {
  const count = table.hostCount;
  for (let i = count / 2; i > 0; i--) sift(table, i - 1, count);
  for (let i = count; i > 1; i--) {
    swap(table, 0, i - 1);
    sift(table, 0, i - 1);
  }
}

function sift(table: Table, root: u32, count: u32): void {
  while (true) {
    let child = root * 2 + 1;
    if (child >= count) return;
    if (child + 1 < count && before(table, child, child + 1)) child++;
    if (!before(table, root, child)) return;
    swap(table, root, child);
    root = child;
  }
}

function before(table: Table, a: u32, b: u32): bool {
  return compare(hostAt(table, a).address, hostAt(table, b).address) < 0;
}

function swap(table: Table, a: u32, b: u32): void {
  const x = hostAt(table, a);
  const y = hostAt(table, b);
  const address = x.address;
  const share = x.share;
  x.address = y.address;
  x.share = y.share;
  y.address = address;
  y.share = share;
}
