/**
 * From a request's cluster and hash to a host: the policy by its name, the table (built at the first pick),
 * the slot.
 */
import * as heap from '../bytes/heap';
import { Bytes, equal } from '../bytes/view';
import { xxh64 } from '../hash/xxh64';
import { Entry, ENTRY_BYTES, fill, lookup, markBytes, place } from '../maglev/table';
import { adopt, giveBack, make } from './kept';
import { Host, HOST_BYTES, Key, KEY_BYTES, Policy, POLICY_BYTES, Selection, Table, TABLE_BYTES } from './model';

export function policyAt(selection: Selection, index: u32): Policy {
  return changetype<Policy>(selection.policies + <usize>index * POLICY_BYTES);
}

/** Whether a policy is sticky until hot. */
export function hasSticky(selection: Selection): bool {
  for (let i: u32 = 0; i < selection.policyCount; i++) if (policyAt(selection, i).sticky != 0) return true;
  return false;
}

export function keyAt(policy: Policy, index: u32): Key {
  return changetype<Key>(policy.keys + <usize>index * KEY_BYTES);
}

export function hostAt(table: Table, index: u32): Host {
  return changetype<Host>(table.hosts + <usize>index * HOST_BYTES);
}

/**
 * The policy of a cluster, or null. At most half of the index is full, so the search for an unknown name
 * ends.
 */
export function policyOf(selection: Selection, cluster: Bytes): Policy | null {
  let at = <u32>xxh64(cluster, 0) & selection.indexMask;
  while (true) {
    const number = load<u32>(selection.index + (<usize>at << 2));
    if (number == 0) return null;
    const policy = policyAt(selection, number - 1);
    if (equal(policy.cluster, cluster)) return policy;
    at = (at + 1) & selection.indexMask;
  }
}

/** Fills the index; false when two policies have the same cluster. */
export function indexPolicies(selection: Selection): bool {
  for (let i: u32 = 0; i < selection.policyCount; i++) {
    const cluster = policyAt(selection, i).cluster;
    if (policyOf(selection, cluster)) return false;
    let at = <u32>xxh64(cluster, 0) & selection.indexMask;
    while (load<u32>(selection.index + (<usize>at << 2)) != 0) at = (at + 1) & selection.indexMask;
    store<u32>(selection.index + (<usize>at << 2), i + 1);
  }
  return true;
}

/** The host of a hash; null when the table is empty or cannot be built. */
export function pick(table: Table, hash: u64, attempt: u32): Host | null {
  if (table.slots == 0 && !build(table)) return null;
  return hostAt(table, lookup(table.slots, table.size, table.hostCount, hash, attempt));
}

/**
 * Builds the slots, once in a VM for all tables with the same content, at the first pick. Clusters with the
 * same hosts share a table.
 */
export function build(table: Table): bool {
  if (table.hostCount == 0 || table.hopeless) return false;
  if (adopt(table)) return true;
  const entries = heap.alloc(<usize>table.hostCount * ENTRY_BYTES);
  const marks = heap.alloc(markBytes(table.size));
  if (entries == 0 || marks == 0 || !make(table)) {
    heap.free(entries);
    heap.free(marks);
    table.hopeless = 1;
    return false;
  }
  for (let i: u32 = 0; i < table.hostCount; i++) {
    const host = hostAt(table, i);
    place(changetype<Entry>(entries + <usize>i * ENTRY_BYTES), host.address, host.share, table.size);
  }
  fill(table.slots, marks, table.size, entries, table.hostCount, table.largestShare);
  heap.free(marks);
  heap.free(entries);
  return true;
}

/**
 * Gives the tables of a new configuration the slots that are built already. Before the configuration that it
 * replaces is freed, whose slots they are.
 */
export function openTables(selection: Selection): void {
  for (let i: u32 = 0; i < selection.tableCount; i++) adopt(tableAt(selection, i));
}

export function closeTables(selection: Selection): void {
  for (let i: u32 = 0; i < selection.tableCount; i++) giveBack(tableAt(selection, i));
}

function tableAt(selection: Selection, index: u32): Table {
  return changetype<Table>(selection.tables + <usize>index * TABLE_BYTES);
}
