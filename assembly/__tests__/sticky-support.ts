/** Shared by the specs of policies that are sticky until hot: policies, their hosts, requests and ticks. */
import * as heap from '../bytes/heap';
import { decode, decodedSelection } from '../config/decode';
import { errorLine } from '../config/error';
import { ClusterState, HostState } from '../load/cluster';
import * as passage from '../load/passage';
import { report, tick } from '../load/tick';
import { Host, Policy, Selection, Sticky, Table } from '../select/model';
import { hostAt, pick, policyAt } from '../select/select';
import { pickedState, pickSticky } from '../select/sticky-pick';
import { openSticky } from '../select/sticky-hosts';
import { bytesOf, prepare, textOf } from './support';

export const SECOND: u64 = 1000000000;
export let clock: u64 = 1000 * SECOND;
let made: i32 = 0;

/** A policy over `hosts` hosts, on a cluster of its own. */
export function policyWith(hosts: i32, sticky: string, cluster: string = ''): Policy {
  prepare();
  let list = '';
  for (let i = 0; i < hosts; i++) list += (i > 0 ? ',' : '') + '["10.0.0.' + (i + 1).toString() + ':80",1]';
  const name = cluster.length > 0 ? cluster : 'c' + (made++).toString();
  const good = decode(
    bytesOf(
      '{"role":"select","tables":[{"size":1021,"localities":[{"hosts":[' + list + ']}]}],"policies":[{"cluster":"' +
        name + '","table":0,"hash":[{"header":"x"}],"sticky":' + sticky + '}]}',
    ),
  );
  expect(good).toBe(true, textOf(errorLine()));
  const policy = policyAt(changetype<Selection>(decodedSelection()), 0);
  openSticky(policy);
  return policy;
}

export function stickyOf(policy: Policy): Sticky {
  return changetype<Sticky>(policy.sticky);
}

export function clusterOf(policy: Policy): ClusterState {
  return changetype<ClusterState>(stickyOf(policy).cluster);
}

export function stateAt(policy: Policy, host: u32): HostState {
  return changetype<HostState>(<usize>load<u32>(stickyOf(policy).hosts + (host << 2)));
}

function numberOf(policy: Policy, host: Host | null): i32 {
  const table = changetype<Table>(policy.table);
  for (let i: u32 = 0; i < table.hostCount; i++) {
    if (changetype<usize>(hostAt(table, i)) == changetype<usize>(host)) return <i32>i;
  }
  return -1;
}

/** Number of the host that a key gets. */
export function picked(policy: Policy, hash: u64): i32 {
  expect(pickSticky(policy, hash)).toBe(true);
  const state = changetype<usize>(pickedState());
  const hosts = changetype<Table>(policy.table).hostCount;
  for (let i: u32 = 0; i < hosts; i++) if (changetype<usize>(stateAt(policy, i)) == state) return <i32>i;
  return -1;
}

export function key(n: u64): u64 {
  return (n + 1) * 0x9e3779b97f4a7c15 ^ (n << 7);
}

/** Requests under way that the specs began: each of another key, or of the key that is given. */
const passages: passage.Passage[] = [];
let keys: u64 = 1;

export function begin(host: HostState, ofKey: u64 = 0): passage.Passage {
  const made = changetype<passage.Passage>(heap.alloc(offsetof<passage.Passage>()));
  memory.fill(changetype<usize>(made), 0, offsetof<passage.Passage>());
  passage.begin(made, host, ofKey == 0 ? key(++keys << 20) : ofKey, clock);
  passages.push(made);
  return made;
}

/** Ends the last request that is under way at a host. */
export function end(host: HostState): void {
  for (let i = passages.length - 1; i >= 0; i--) {
    if (passages[i].host != changetype<usize>(host)) continue;
    passage.end(passages[i]);
    return;
  }
}

export function home(policy: Policy, hash: u64): i32 {
  return numberOf(policy, pick(changetype<Table>(policy.table), hash, 0));
}

/** A tick at which each host reports; `reports` below 0 say nothing. */
export function step(policy: Policy, reports: f64[], target: f64 = 0.8): void {
  for (let i = 0; i < reports.length; i++) if (reports[i] >= 0) report(stateAt(policy, i), reports[i]);
  clock += SECOND / 4;
  tick(clusterOf(policy), clock, target);
}
