/** What a configuration becomes: plain records in the memory of its region. Made once, by config/, and then only read. */
import { Bytes } from '../bytes/view';

@unmanaged
export class Host {
  /** "ip:port" as Envoy prints it: the text that Maglev hashes. */
  address: Bytes;
  /** base64 of the address: the value of the session header. */
  hint: Bytes;
  /** Share of the table; while a configuration is read, the endpoint's own weight. */
  weight: f64;
}

export const HOST_BYTES: u32 = <u32>offsetof<Host>();

@unmanaged
export class Table {
  size: u32;
  hostCount: u32;
  /** Hosts with a share, in the order of their addresses. */
  hosts: usize;
  /** Largest share. */
  most: f64;
  /** The slots, in the heap; 0 until the first pick. */
  slots: usize;
  /** There was no memory for the slots: Envoy's own table serves. */
  hopeless: u32;
}

export const TABLE_BYTES: u32 = <u32>offsetof<Table>();

export const KEY_HEADER: u32 = 0;
export const KEY_COOKIE: u32 = 1;
export const KEY_QUERY: u32 = 2;
export const KEY_SOURCE_IP: u32 = 3;

@unmanaged
export class Key {
  kind: u32;
  /** For a cookie: one is generated when the request has none. */
  generate: u32;
  /** Of the header (lower case), cookie or parameter. */
  name: Bytes;
  /** What stands before and behind the value of a generated cookie. */
  cookieHead: Bytes;
  cookieTail: Bytes;
}

export const KEY_BYTES: u32 = <u32>offsetof<Key>();

@unmanaged
export class Sticky {
  /** Utilization above which a host sheds, 0 to 1. */
  target: f64;
  /** Requests in flight that a host may have, as a multiple of its share. */
  bound: f64;
  /** Hosts that a key may go to. */
  hops: u32;
  /** States of the table's hosts (load/cluster), 4 bytes each, and how many of them are open. */
  hosts: usize;
  hostCount: u32;
  sketch: usize;
  cluster: usize;
  /** When the sketch faded last, nanoseconds since 1970. */
  fadedAt: u64;
}

export const STICKY_BYTES: u32 = <u32>offsetof<Sticky>();

@unmanaged
export class Policy {
  cluster: Bytes;
  table: usize;
  keys: usize;
  keyCount: u32;
  /** Sticky until hot; 0: the key's host, whatever its load. */
  sticky: usize;
}

export const POLICY_BYTES: u32 = <u32>offsetof<Policy>();

@unmanaged
export class Selection {
  policies: usize;
  tables: usize;
  /** Open-addressed: number of a policy plus 1, by the hash of its cluster's name. */
  index: usize;
  policyCount: u32;
  tableCount: u32;
  indexMask: u32;
  /** The cluster's name need not be read: all requests belong to the one policy. */
  only: u32;
}
