/** When a host is too busy for a key: its room, and what a visit to another host costs. */
import * as passage from '../load/passage';
import { turnCost, VISITING } from '../load/room';
import { countKey } from '../load/sketch';
import { Policy } from '../select/model';
import { begin, clock, clusterOf, end, home, key, picked, policyWith, stateAt, step, stickyOf } from './sticky-support';

const DEFAULTS = '{"target":0.8,"bound":2.5,"hops":8}';
const nothing: f64[] = [-1, -1, -1, -1];

/** Milliseconds after it began, of a request that begins now; it is over then. */
function serve(policy: Policy, host: i32, milliseconds: u64, came: u32 = 0): void {
  const one = begin(stateAt(policy, host), 0, came);
  passage.arrive(one, clock + milliseconds * 1000000);
  passage.end(one);
}

/** How many requests of other keys the home of a key has when the key leaves it. */
function leavesAt(policy: Policy, hash: u64): i32 {
  const own = home(policy, hash);
  for (let n = 0; n < 100; n++) {
    // The key itself shall not be hot.
    for (let other: u64 = 0; other < 64; other++) countKey(stickyOf(policy).sketch, key(1000 + other));
    if (picked(policy, hash) != own) {
      for (let i = 0; i < n; i++) end(stateAt(policy, own));
      return n;
    }
    begin(stateAt(policy, own));
  }
  return -1;
}

describe('the room of a host', () => {
  test('a key leaves above the share, and three, where nothing is known', () => {
    const policy = policyWith(4, DEFAULTS);
    for (let i = 0; i < 4; i++) if (i != home(policy, key(7))) for (let n = 0; n < 8; n++) begin(stateAt(policy, i));
    // n - 3 < (24 + n) / 4 up to n = 11.
    expect(leavesAt(policy, key(7))).toBe(12);
  });

  test('as many as were answered without waiting may come again, and one more, up to the bound', () => {
    const policy = policyWith(4, DEFAULTS);
    const own = home(policy, key(7));
    for (let i = 0; i < 4; i++) for (let n = 0; n < 8; n++) begin(stateAt(policy, i));
    clusterOf(policy).pace = 20000;
    const host = stateAt(policy, own);
    for (let n = 0; n < 8; n++) begin(host);
    serve(policy, own, 90);
    expect(host.room).toBe(0, 'it waited');
    for (let n = 0; n < 34; n++) serve(policy, own, 25);
    expect(host.room).toBe(17);
    for (let n = 0; n < 2; n++) serve(policy, own, 90);
    expect(host.room).toBe(16, 'at the edge, one that waited takes away');
    host.room = 17;
    for (let n = 0; n < 16; n++) end(host);
    expect(leavesAt(policy, key(7))).toBe(18);
    host.room = 1000;
    // n < 2.5 * (24 + n) / 4 up to n = 39.
    expect(leavesAt(policy, key(7))).toBe(40);
  });

  test('is forgotten when the host is slow', () => {
    const policy = policyWith(4, DEFAULTS);
    stateAt(policy, 1).room = stateAt(policy, 2).room = 20;
    stateAt(policy, 1).slow = 0.5;
    step(policy, nothing);
    expect(stateAt(policy, 1).room).toBe(0);
    expect(stateAt(policy, 2).room > 19.9).toBe(true);
  });
});

describe('what a visit costs', () => {
  test('is how much later its answer is than those of keys at home there', () => {
    const policy = policyWith(4, DEFAULTS);
    // Host 1 has a queue: all wait there, visits too.
    for (let i = 0; i < 60; i++) {
      for (let host = 0; host < 4; host++) serve(policy, host, host == 1 ? 420 : 20);
      serve(policy, 1, 500, VISITING);
      serve(policy, 2, 100, VISITING);
    }
    const cost = clusterOf(policy).visitCost;
    expect(cost > 70000 && cost < 80001).toBe(true, cost.toString());
  });

  test('lets a host have more where it is much of a request, and less where requests take long', () => {
    const cluster = clusterOf(policyWith(4, DEFAULTS));
    cluster.visitCost = 250000;
    // Of eight under way, eight end in a tick: each takes a tick, as long as a visit costs.
    for (let i = 0; i < 100; i++) {
      cluster.ended = 8;
      turnCost(cluster, 8);
    }
    expect(cluster.extra > 3.9 && cluster.extra < 4.1).toBe(true, cluster.extra.toString());
    for (let i = 0; i < 100; i++) {
      cluster.ended = 1;
      turnCost(cluster, 8);
    }
    expect(cluster.extra > 0.4 && cluster.extra < 0.6).toBe(true, cluster.extra.toString());
  });
});
