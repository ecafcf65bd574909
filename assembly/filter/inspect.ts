/**
 * What the companion (explain, simulate) asks the compiled module: which policy and table a cluster has, what
 * each part of the key is, which host a hash gives. Envoy and the callbacks use nothing of it, so a request
 * pays nothing. A handle is an address and is valid while its configuration is. Text is a view (bytes/view),
 * valid until the next callback. host/filter/driver.ts compares the hosts with those that the callbacks
 * pick.
 */
import * as arena from '../bytes/arena';
import { ABSENT, Bytes, view } from '../bytes/view';
import { combine } from '../hash/combine';
import { xxh64 } from '../hash/xxh64';
import { attemptHash, lookup } from '../maglev/table';
import * as report from '../orca/load-report';
import { changedHash } from '../select/changed';
import { KEY_COOKIE, Policy, Selection, Table } from '../select/model';
import { build, hostAt, keyAt, policyAt, policyOf } from '../select/select';
import { contextOf, rootOf } from './contexts';
import { hashKey, readKey, startReading } from './request';

/** Frees what the companion has put into the arena. */
export function loadstar_reset(): void {
  arena.reset();
}

/** The policy of a cluster under a root context of role `select`; 0: none. */
export function loadstar_policy(root: u32, cluster: usize, length: u32): usize {
  const context = contextOf(root);
  const configured = context ? rootOf(context) : null;
  if (!configured || configured.selection == 0) return 0;
  const selection = changetype<Selection>(configured.selection);
  const policy = selection.only ? policyAt(selection, 0) : policyOf(selection, view(cluster, length));
  return policy ? changetype<usize>(policy) : 0;
}

/** The table of a policy, with its slots built. 0: it has no host, or there is no memory. */
export function loadstar_table(policy: usize): usize {
  const table = changetype<Table>(changetype<Policy>(policy).table);
  return table.slots != 0 || build(table) ? changetype<usize>(table) : 0;
}

export function loadstar_table_size(table: usize): u32 {
  return changetype<Table>(table).size;
}

export function loadstar_table_hosts(table: usize): u32 {
  return changetype<Table>(table).hostCount;
}

/** Address of a host of the table, as a view. */
export function loadstar_table_host(table: usize, index: u32): Bytes {
  return hostAt(changetype<Table>(table), index).address;
}

/** The hash that attempt n (from 0) looks up. */
export function loadstar_attempt_hash(hash: u64, attempt: u32): u64 {
  return attemptHash(hash, attempt);
}

/** The hash of changed key n of a key; 0: of the key itself. */
export function loadstar_changed_hash(hash: u64, change: u32): u64 {
  return changedHash(hash, change);
}

/** Number of the host that holds a hash, for attempt n. */
export function loadstar_host_of(table: usize, hash: u64, attempt: u32): u32 {
  const t = changetype<Table>(table);
  return lookup(t.slots, t.size, t.hostCount, hash, attempt);
}

/**
 * Hosts of many keys. At `keys` is for each its length (4 bytes, little-endian) and its bytes; the numbers of
 * the hosts go to `out`, 4 bytes each.
 */
export function loadstar_hosts_of_keys(table: usize, keys: usize, count: u32, out: usize): void {
  const t = changetype<Table>(table);
  let from = keys;
  for (let i: u32 = 0; i < count; i++) {
    const length = load<u32>(from);
    const hash = xxh64(view(from + 4, length), 0);
    store<u32>(out + (<usize>i << 2), lookup(t.slots, t.size, t.hostCount, hash, 0));
    from += 4 + length;
  }
}

export function loadstar_key_count(policy: usize): u32 {
  return changetype<Policy>(policy).keyCount;
}

/** Of the part of a key that the companion asked for last. */
let keyValue: Bytes = 0;
let keyHash: u64 = 0;

/**
 * Reads part `index` of the key, for a stream whose request headers have been seen. 0: absent, 1: the request
 * has it, 2: the filter made it (a cookie), 3: absent, and Envoy makes it (a cookie), so the filter does not
 * pick. `loadstar_key_value` and `loadstar_key_hash` answer its value and hash.
 */
export function loadstar_key(stream: u32, policy: usize, index: u32): u32 {
  const context = contextOf(stream);
  if (!context) return 0;
  arena.reset();
  startReading();
  const key = keyAt(changetype<Policy>(policy), index);
  keyValue = readKey(key, index, context);
  if (keyValue == ABSENT) return key.kind == KEY_COOKIE ? 3 : 0;
  keyHash = hashKey(key, keyValue);
  return context.cookies & (1 << index) ? 2 : 1;
}

/** What was hashed, as a view. Of a header with several values the first in their order. */
export function loadstar_key_value(): Bytes {
  return keyValue;
}

export function loadstar_key_hash(): u64 {
  return keyHash;
}

/** Joins the hashes of two parts of a key. */
export function loadstar_combine(old: u64, any: u32, next: u64): u64 {
  return combine(old, any != 0, next);
}

/** Why the last load report was refused (see orca/report); 0: it was not. */
export function loadstar_report_reason(): u32 {
  return report.reason();
}

/** Metrics of the last load report, as it was written anew. */
export function loadstar_report_count(): u32 {
  return report.length();
}

/** Field of a metric, as orca/report numbers them. */
export function loadstar_report_field(index: u32): u32 {
  return report.metric(index).field;
}

/** Name of a metric within a map, as a view. 0 for a field. */
export function loadstar_report_name(index: u32): Bytes {
  return report.metric(index).name;
}

export function loadstar_report_value(index: u32): f64 {
  return report.metric(index).value;
}
