/** Sticky until hot: what is known of keys and hosts, and how long it lives. */
import * as heap from '../bytes/heap';
import { closeCluster, index, isGone, openCluster, openHost, stateOf } from '../load/cluster';
import { asShare, forget, nextAverage, nextHot } from '../load/shed';
import { countKey, fade, makeSketch, replicas } from '../load/sketch';
import { tick } from '../load/tick';
import { pickSticky } from '../select/sticky-pick';
import { closeSticky } from '../select/sticky-hosts';
import { begin, clock, clusterOf, end, key, policyWith, SECOND, stateAt, step, stickyOf } from './sticky-support';
import { bytesOf, prepare } from './support';

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
