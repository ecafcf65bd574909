/**
 * What a configuration becomes: records in the memory of its region, made by config/. What a worker writes
 * later, while it serves, is at the end of its record under a line that says so.
 */
import { Bytes } from '../bytes/view';

@unmanaged
export class Host {
  /** "ip:port" as Envoy prints it: the text that Maglev hashes. */
  address: Bytes;
  /** base64 of the address: the value of the session header. */
  hint: Bytes;
  /** Its part of the table, of 1. */
  share: f64;
  /** Weight of the endpoint, from which the share is computed. */
  weight: u32;
}

export const HOST_BYTES: u32 = (<u32>offsetof<Host>() + 7) & ~7;

@unmanaged
export class Table {
  size: u32;
  hostCount: u32;
  /** Hosts with a share, in the order of their addresses. */
  hosts: usize;
  largestShare: f64;

  // Written while serving.
  /** The slots (select/kept). 0 until the first pick, unless a table with the same content has some. */
  slots: usize;
  /** There was no memory for the slots: Envoy's own table serves. */
  hopeless: u32;
}

export const TABLE_BYTES: u32 = (<u32>offsetof<Table>() + 7) & ~7;

export const KEY_HEADER: u32 = 0;
export const KEY_COOKIE: u32 = 1;
export const KEY_QUERY: u32 = 2;
export const KEY_SOURCE_IP: u32 = 3;

@unmanaged
export class Key {
  kind: u32;
  /** Of the header (lower case), cookie or parameter. */
  name: Bytes;
  /**
   * Of a cookie that the filter makes for a request that has none: what its set-cookie line has after the
   * value.
   */
  set: Bytes;
}

export const KEY_BYTES: u32 = (<u32>offsetof<Key>() + 7) & ~7;

@unmanaged
export class Sticky {
  /** Utilization above which a host sheds, 0 to 1. */
  target: f64;
  /** Requests in flight that a host may have, as a multiple of its share. */
  bound: f64;
  /** Hosts that a key may go to. */
  hops: u32;
  /** Names of the metrics that utilization is computed from, as views in a row. */
  nameCount: u32;
  names: usize;
  /** Name of a response header that tells where a key went, and why. 0: it is not told. */
  reasonHeader: Bytes;

  // Written while serving.
  /** States of the table's hosts (load/cluster), 4 bytes each, and how many of them are open. */
  hosts: usize;
  hostCount: u32;
  /** State of the cluster (load/cluster), and its sketch. */
  cluster: usize;
  sketch: usize;
}

export const STICKY_BYTES: u32 = (<u32>offsetof<Sticky>() + 7) & ~7;

@unmanaged
export class Policy {
  cluster: Bytes;
  /** Number of the table in the configuration, and its address. */
  tableNumber: u32;
  table: usize;
  keys: usize;
  keyCount: u32;
  /** Sticky until hot. 0: a key goes to its host, whatever the load. */
  sticky: usize;
}

export const POLICY_BYTES: u32 = (<u32>offsetof<Policy>() + 7) & ~7;

@unmanaged
export class Selection {
  policies: usize;
  tables: usize;
  /** Open-addressed: number of a policy plus 1, by the hash of its cluster's name. */
  index: usize;
  policyCount: u32;
  tableCount: u32;
  indexMask: u32;
  /** All requests belong to the one policy, so the cluster's name need not be read. */
  only: u32;
}
