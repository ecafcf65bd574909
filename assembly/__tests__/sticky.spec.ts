import * as heap from '../bytes/heap';
import { decode, decodedSelection } from '../config/decode';
import { errorLine } from '../config/error';
import { closeCluster, ClusterState, HostState, index, isGone, openCluster, openHost, stateOf } from '../load/cluster';
import * as passage from '../load/passage';
import { asShare, forget, nextAverage, nextHot } from '../load/shed';
import { countKey, fade, makeSketch, replicas } from '../load/sketch';
import { report, tick } from '../load/tick';
import { Host, Policy, Selection, Sticky, Table } from '../select/model';
import { hostAt, pick, policyAt } from '../select/select';
import { closeSticky, openSticky, pickedDepth, pickedHot, pickedState, pickSticky } from '../select/sticky';
import { bytesOf, prepare, textOf } from './support';

const SECOND: u64 = 1000000000;
let clock: u64 = 1000 * SECOND;
let made: i32 = 0;

/** A policy over `hosts` hosts, on a cluster of its own. */
function policyWith(hosts: i32, sticky: string, cluster: string = ''): Policy {
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

function refusal(sticky: string): string {
  prepare();
  decode(
    bytesOf(
      '{"role":"select","tables":[{"size":53,"localities":[{"hosts":[["10.0.0.1:1",1]]}]}],"policies":[{"cluster":"a","table":0,"hash":[{"header":"x"}],"sticky":' +
        sticky + '}]}',
    ),
  );
  return textOf(errorLine());
}

function says(line: string, part: string): void {
  expect(line.includes(part)).toBe(true, line);
}

function stickyOf(policy: Policy): Sticky {
  return changetype<Sticky>(policy.sticky);
}

function clusterOf(policy: Policy): ClusterState {
  return changetype<ClusterState>(stickyOf(policy).cluster);
}

function stateAt(policy: Policy, host: u32): HostState {
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
function picked(policy: Policy, hash: u64): i32 {
  expect(pickSticky(policy, hash)).toBe(true);
  const state = changetype<usize>(pickedState());
  const hosts = changetype<Table>(policy.table).hostCount;
  for (let i: u32 = 0; i < hosts; i++) if (changetype<usize>(stateAt(policy, i)) == state) return <i32>i;
  return -1;
}

function key(n: u64): u64 {
  return (n + 1) * 0x9e3779b97f4a7c15 ^ (n << 7);
}

/** Requests under way that the specs began: each of another key, or of the key that is given. */
const passages: passage.Passage[] = [];
let keys: u64 = 1;

function begin(host: HostState, ofKey: u64 = 0): passage.Passage {
  const made = changetype<passage.Passage>(heap.alloc(offsetof<passage.Passage>()));
  memory.fill(changetype<usize>(made), 0, offsetof<passage.Passage>());
  passage.begin(made, host, ofKey == 0 ? key(++keys << 20) : ofKey, clock);
  passages.push(made);
  return made;
}

/** Ends the last request that is under way at a host. */
function end(host: HostState): void {
  for (let i = passages.length - 1; i >= 0; i--) {
    if (passages[i].host != changetype<usize>(host)) continue;
    passage.end(passages[i]);
    return;
  }
}

function home(policy: Policy, hash: u64): i32 {
  return numberOf(policy, pick(changetype<Table>(policy.table), hash, 0));
}

/** A tick at which each host reports; `reports` below 0 say nothing. */
function step(policy: Policy, reports: f64[], target: f64 = 0.8): void {
  for (let i = 0; i < reports.length; i++) if (reports[i] >= 0) report(stateAt(policy, i), reports[i]);
  clock += SECOND / 4;
  tick(clusterOf(policy), clock, target);
}

describe('the sketch', () => {
  beforeEach(prepare);

  test('finds a key that is hot, with hosts by its share, and forgets it', () => {
    const sketch = makeSketch();
    let count: u32 = 0;
    for (let i: u64 = 0; i < 1000; i++) {
      countKey(sketch, key(i + 1));
      if (i % 4 == 0) count = countKey(sketch, key(0));
    }
    // A fifth of the traffic over 8 hosts: 1 + 0.2 * 4 * 8.
    expect(replicas(sketch, count, 8, 8)).toBe(7);
    expect(replicas(sketch, count, 8, 3)).toBe(3);
    expect(replicas(sketch, count, 2, 8)).toBe(2);
    expect(replicas(sketch, 5, 8, 8)).toBe(0);
    expect(replicas(sketch, 4, 4000000, 8)).toBe(0, 'so few are chance');
    fade(sketch);
    expect(load<u64>(sketch) <= 625).toBe(true);
    for (let i = 0; i < 12; i++) fade(sketch);
    expect(load<u64>(sketch)).toBe(0);
    heap.free(sketch);
  });
});

describe('what a host sheds', () => {
  test('rises slowly while it is hot against its peers, falls when it is cool, and has bounds', () => {
    expect(nextHot(0, 1, 0.8, 0.6, 2)).toBeCloseTo(0.4 / 32, 9);
    expect(nextHot(0, 1, 0.8, 0.6, 9)).toBeCloseTo(0.8 / 32, 9);
    expect(nextHot(0, 1, 0.8, 0.6, 0)).toBe(0, 'it carries nothing');
    expect(nextHot(0, 0.95, 0.8, 0.9, 2)).toBe(0, 'all are hot');
    expect(nextHot(0.5, 0.1, 0.8, 0.3, 2)).toBeCloseTo(0.5 - 0.3 / 32, 9);
    expect(nextHot(0.001, 0, 0.8, 0, 1)).toBe(0);
    expect(nextHot(0.9, 1, 0.5, 0.1, 4)).toBe(0.9);
    expect(nextAverage(8, 16)).toBe(9);
    let shed: f64 = 0.9;
    for (let i = 0; i < 400; i++) shed = forget(shed);
    expect(shed).toBe(0);
  });

  test('reads no lie as load', () => {
    expect(asShare(7)).toBe(1);
    expect(asShare(0)).toBe(0);
    expect(asShare(-0.1)).toBe(-1);
    expect(asShare(NaN)).toBe(-1);
    expect(asShare(Infinity)).toBe(-1);
  });
});

describe('the state of a cluster', () => {
  beforeEach(prepare);

  test('is one for both roles, and hosts outlive a policy only while they are in use', () => {
    const first = openCluster(bytesOf('one'))!;
    const again = openCluster(bytesOf('one'))!;
    expect(changetype<usize>(first)).toBe(changetype<usize>(again));
    expect(changetype<usize>(openCluster(bytesOf('two'))!)).not.toBe(changetype<usize>(first));
    for (let i = 0; i < 20; i++) openHost(first, bytesOf('h' + i.toString()), false);
    expect(index(first)).toBe(true);
    const used = stateOf(first, bytesOf('h3'))!;
    begin(used);
    expect(first.inFlight).toBe(1);
    for (let i = 0; i < 20; i++) stateOf(first, bytesOf('h' + i.toString()))!.references--;
    index(first);
    expect(first.hostCount).toBe(1);
    expect(stateOf(first, bytesOf('h4')) == null).toBe(true);
    end(stateOf(first, bytesOf('h3'))!);
    index(first);
    expect(first.hostCount).toBe(0);
    expect(first.inFlight).toBe(0);
    closeCluster(first);
    closeCluster(first);
    expect(openCluster(bytesOf('one'))!.hostCount).toBe(0);
  });

  test('keeps what a silent host sheds for ten seconds, then forgets it', () => {
    const policy = policyWith(4, '{"target":0.5,"bound":2.5,"hops":8}');
    for (let i = 0; i < 4; i++) begin(stateAt(policy, 0));
    for (let i = 0; i < 40; i++) step(policy, [1, 0.1, 0.1, 0.1], 0.5);
    const shed = stateAt(policy, 0).shed;
    expect(shed > 0.3).toBe(true, shed.toString());
    for (let i = 0; i < 39; i++) step(policy, [-1, -1, -1, -1], 0.5);
    expect(stateAt(policy, 0).shed).toBe(shed);
    for (let i = 0; i < 40; i++) step(policy, [-1, -1, -1, -1], 0.5);
    expect(stateAt(policy, 0).shed < shed * 0.4).toBe(true);
  });

  test('does nothing when ticks come too soon', () => {
    const policy = policyWith(2, '{"target":0.5,"bound":2.5,"hops":8}');
    step(policy, [1, 0]);
    expect(tick(clusterOf(policy), clock + SECOND / 10, 0.5)).toBe(false);
  });
});

describe('the choice', () => {
  test('is Maglev while nothing is known', () => {
    const policy = policyWith(8, '{"target":0.8,"bound":2.5,"hops":8}');
    for (let i: u64 = 0; i < 500; i++) expect(picked(policy, key(i))).toBe(home(policy, key(i)));
    expect(pickedDepth()).toBe(0);
    expect(pickedHot()).toBe(false);
    closeSticky(policy);
  });

  test('turns away what is above the bound, to the same next host each time', () => {
    const policy = policyWith(8, '{"target":0.8,"bound":2,"hops":8}');
    const hash = key(7);
    const own = home(policy, hash);
    // The others have 7 in flight: at 2 times an eighth of 7 + n the home takes n - 3 < (7 + n) / 4.
    for (let i = 0; i < 8; i++) if (i != own) begin(stateAt(policy, i));
    for (let i = 0; i < 6; i++) {
      expect(picked(policy, key(7))).toBe(own, 'with ' + i.toString());
      begin(stateAt(policy, own));
      // A key is hot when it is all there is: let the others be asked for too.
      for (let other: u64 = 0; other < 64; other++) countKey(stickyOf(policy).sketch, key(1000 + other));
    }
    begin(stateAt(policy, own));
    const next = picked(policy, hash);
    expect(next).not.toBe(own);
    expect(pickedDepth()).toBe(1);
    expect(picked(policy, hash)).toBe(next);
    for (let i = 0; i < 7; i++) end(stateAt(policy, own));
    expect(picked(policy, hash)).toBe(own);
  });

  test('gives always the same part of the keys away, in proportion to what is shed', () => {
    const policy = policyWith(8, '{"target":0.8,"bound":2.5,"hops":8}');
    let before: i32[] = [];
    for (let part = 1; part <= 3; part++) {
      stateAt(policy, 2).shed = <f64>part * 0.3;
      let moved: i32[] = [];
      let own = 0;
      for (let i: u64 = 0; i < 2000; i++) {
        const chosen = picked(policy, key(i));
        if (home(policy, key(i)) != 2) {
          expect(chosen).toBe(home(policy, key(i)));
          continue;
        }
        own++;
        if (chosen != 2) moved.push(<i32>i);
      }
      const seen = <f64>moved.length / <f64>own;
      expect(seen > <f64>part * 0.3 - 0.12 && seen < <f64>part * 0.3 + 0.12).toBe(true, seen.toString());
      for (let i = 0; i < before.length; i++) expect(moved.includes(before[i])).toBe(true);
      before = moved;
    }
  });

  test('spreads a key that one host cannot carry', () => {
    const policy = policyWith(8, '{"target":0.8,"bound":2.5,"hops":8}');
    let seen = 0;
    for (let i = 0; i < 100; i++) {
      const host = picked(policy, key(1));
      seen |= 1 << host;
      begin(stateAt(policy, host));
    }
    expect(pickedHot()).toBe(true);
    expect(popcnt<i32>(seen) >= 6).toBe(true, seen.toString());
  });

  test('stays within its hops, and finds someone when all are full', () => {
    const policy = policyWith(8, '{"target":0.8,"hops":2,"bound":1}');
    let seen = 0;
    for (let i = 0; i < 200; i++) {
      const host = picked(policy, key(3));
      seen |= 1 << host;
      begin(stateAt(policy, host));
    }
    expect(popcnt<i32>(seen)).toBe(2);
    closeSticky(policyWith(1, '{"target":0.8,"bound":2.5,"hops":8}'));
    const alone = policyWith(1, '{"target":0.8,"bound":2.5,"hops":8}');
    for (let i = 0; i < 50; i++) {
      expect(picked(alone, key(3))).toBe(0);
      begin(stateAt(alone, 0));
    }
  });

  test('finds every host, also where slots side by side belong to few of them', () => {
    prepare();
    const hosts = '["127.0.0.11:3000",1],["127.0.0.12:3000",1],["127.0.0.13:3000",1],["127.0.0.14:3000",1]';
    const text =
      '{"role":"select","tables":[{"size":65537,"localities":[{"hosts":[' +
      hosts +
      ']}]}],"policies":[{"cluster":"runs","table":0,"hash":[{"header":"x"}],"sticky":{"target":0.8,"bound":1,"hops":8}}]}';
    expect(decode(bytesOf(text))).toBe(true);
    const policy = policyAt(changetype<Selection>(decodedSelection()), 0);
    openSticky(policy);
    for (let free = 0; free < 4; free++) {
      for (let i = 0; i < 4; i++) {
        for (let n = 0; n < 20 && i != free; n++) begin(stateAt(policy, i));
      }
      for (let i: u64 = 0; i < 2000; i++) expect(picked(policy, key(i))).toBe(free);
      for (let i = 0; i < 4; i++) {
        for (let n = 0; n < 20 && i != free; n++) end(stateAt(policy, i));
      }
    }
  });

  test('sees by who answers that a host is away, passes it by, and lets it begin with half of its keys', () => {
    const policy = policyWith(4, '{"target":0.8,"bound":2.5,"hops":8}');
    for (let i = 0; i < 8; i++) {
      passage.move(begin(stateAt(policy, 1)), null);
      passage.move(begin(stateAt(policy, 2)), null);
    }
    passage.arrive(begin(stateAt(policy, 2)), clock);
    step(policy, []);
    expect(stateAt(policy, 1).away).toBe(1);
    expect(stateAt(policy, 0).away).toBe(0);
    expect(stateAt(policy, 2).away).toBe(0);
    // Its own keys are still asked for there (Envoy decides), those of others never go there.
    stateAt(policy, 0).shed = stateAt(policy, 0).hot = 0.9;
    for (let i: u64 = 0; i < 500; i++) {
      const host = picked(policy, key(i));
      const own = home(policy, key(i));
      if (own == 1) expect(host).toBe(1);
      else expect(host).not.toBe(1);
    }
    passage.arrive(begin(stateAt(policy, 1)), clock);
    step(policy, []);
    expect(stateAt(policy, 1).away).toBe(0);
    expect(stateAt(policy, 1).shed).toBe(0.5);
  });

  test('lets a host that joins later begin with half of its keys', () => {
    const before = policyWith(2, '{"target":0.8,"bound":2.5,"hops":8}', 'joined');
    const after = policyWith(3, '{"target":0.8,"bound":2.5,"hops":8}', 'joined');
    expect(stateAt(after, 0).shed).toBe(0);
    expect(stateAt(after, 2).shed).toBe(0.5);
    closeSticky(before);
    expect(stateAt(after, 1).references).toBe(1);
  });

  test('lives on in the policy that replaces it: the same hosts, what they shed, and how popular keys are', () => {
    const before = policyWith(3, '{"target":0.8,"bound":2.5,"hops":8}', 'lives-on');
    for (let i: u64 = 0; i < 100; i++) pickSticky(before, key(i % 3));
    stateAt(before, 0).shed = 0.3;
    begin(stateAt(before, 0));
    const state = changetype<usize>(stateAt(before, 0));
    const sketch = stickyOf(before).sketch;
    clusterOf(before).fadedAt = 77;
    const after = policyWith(4, '{"target":0.7,"bound":2,"hops":4}', 'lives-on');
    closeSticky(before);
    expect(changetype<usize>(stateAt(after, 0))).toBe(state);
    expect([stateAt(after, 0).shed, <f64>stateAt(after, 0).inFlight]).toStrictEqual([0.3, 1]);
    expect(stickyOf(after).sketch).toBe(sketch);
    expect(load<u64>(sketch)).toBe(100);
    expect(clusterOf(after).fadedAt).toBe(77);
    closeSticky(after);
  });

  test('drops a host when no policy has it and nothing is under way there, and takes it back before', () => {
    const before = policyWith(3, '{"target":0.8,"bound":2.5,"hops":8}', 'drops');
    const cluster = clusterOf(before);
    const gone = stateAt(before, 2);
    begin(gone);
    const after = policyWith(2, '{"target":0.8,"bound":2.5,"hops":8}', 'drops');
    closeSticky(before);
    expect(isGone(gone)).toBe(false, 'a request is under way');
    index(cluster);
    expect(cluster.hostCount).toBe(3);
    end(gone);
    expect(isGone(gone)).toBe(true);
    // It shows gauges, which must be taken back first.
    gone.gauges = 4096;
    index(cluster);
    expect(cluster.hostCount).toBe(3);
    gone.gauges = 0;
    index(cluster);
    expect(cluster.hostCount).toBe(2);
    expect(stateOf(cluster, bytesOf('10.0.0.3:80')) == null).toBe(true);
    expect(stateOf(cluster, bytesOf('10.0.0.2:80')) == null).toBe(false);
    closeSticky(after);
  });
});

describe('its configuration', () => {
  test('is read', () => {
    const sticky = stickyOf(policyWith(2, '{"target":0.7,"bound":2.5,"hops":4}'));
    expect(sticky.target).toBe(0.7);
    expect(sticky.bound).toBe(2.5);
    expect(sticky.hops).toBe(4);
  });

  test('is refused with its field', () => {
    says(refusal('{}'), 'policies[0].sticky.target: is missing');
    says(refusal('{"target":0.5,"hops":2}'), 'policies[0].sticky.bound: is missing');
    says(refusal('{"target":0.5,"bound":2}'), 'policies[0].sticky.hops: is missing');
    says(refusal('{"target":0}'), 'policies[0].sticky.target: must be');
    says(refusal('{"target":1.5}'), 'policies[0].sticky.target: must be');
    says(refusal('{"target":"x"}'), 'policies[0].sticky.target: must be');
    says(refusal('{"target":0.5,"bound":0.5}'), 'policies[0].sticky.bound: must be');
    says(refusal('{"target":0.5,"hops":9}'), 'policies[0].sticky.hops: must be a whole number from 1 to 8');
    says(refusal('{"target":0.5,"hops":0}'), 'policies[0].sticky.hops: must be');
    says(refusal('{"target":0.5,"x":0}'), 'policies[0].sticky: has the unknown field "x"');
    says(refusal('true'), 'policies[0].sticky: must be an object');
  });
});
