import * as heap from '../bytes/heap';
import { ClusterState, HostState } from '../load/cluster';
import { answersNow, fastestNow } from '../load/pace';
import * as passage from '../load/passage';
import { WATCHED_ALL, WATCHED_PART } from '../load/tuning';
import { standsFor } from '../load/watch';
import { clock, clusterOf, policyWith, stateAt, step } from './sticky-support';

const STICKY = '{"target":0.8,"bound":2.5,"hops":8}';
/** So many requests since a tick that three of those beyond the first are watched. */
const MANY: u32 = WATCHED_ALL + 3 * WATCHED_PART;

function sent(host: HostState): passage.Passage {
  const made = changetype<passage.Passage>(heap.alloc(offsetof<passage.Passage>()));
  memory.fill(changetype<usize>(made), 0, offsetof<passage.Passage>());
  passage.begin(made, host, 1, clock, standsFor(host));
  return made;
}

/** How many of so many more requests are watched. */
function watched(host: HostState, requests: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < requests; i++) sum += standsFor(host) > 0 ? 1 : 0;
  return sum;
}

describe('which requests are watched', () => {
  test('the first since a tick, then a part that stands for all', () => {
    const policy = policyWith(2, STICKY);
    const host = stateAt(policy, 0);
    expect(watched(host, WATCHED_ALL)).toBe(WATCHED_ALL);
    let sum: u32 = 0;
    for (let i: u32 = 0; i < 3 * WATCHED_PART; i++) sum += standsFor(host);
    expect(sum).toBe(3 * WATCHED_PART);
    expect(watched(stateAt(policy, 1), WATCHED_ALL)).toBe(WATCHED_ALL, 'each host for itself');
    step(policy, [0.5, 0.5]);
    expect(watched(host, MANY)).toBe(WATCHED_ALL + 3);
  });

  test('all of a host in whose place others answer', () => {
    const policy = policyWith(2, STICKY);
    const host = stateAt(policy, 0);
    watched(host, MANY);
    passage.move(sent(host), stateAt(policy, 1));
    expect(watched(host, MANY)).toBe(MANY);
    for (let i = 0; i < 8; i++) passage.move(sent(host), stateAt(policy, 1));
    step(policy, [0.5, 0.5]);
    expect(host.away).toBe(1);
    expect(watched(host, MANY)).toBe(MANY, 'it is away');
    passage.arrive(sent(host), clock + 1000000);
    step(policy, [0.5, 0.5]);
    expect(watched(host, MANY)).toBe(WATCHED_ALL + 3, 'it is back');
  });

  test('an answer counts for all that it stands for, and one that is not watched tells nothing', () => {
    const policy = policyWith(2, STICKY);
    const host = stateAt(policy, 0);
    const ticks = clusterOf(policy).ticks;
    for (let i: u32 = 0; i < MANY; i++) {
      const one = sent(host);
      if (one.stands > 0) passage.arrive(one, clock + 7000000);
      else passage.arriveUnwatched(one);
      expect(host.inFlight).toBe(1, 'it is load until it ends');
      passage.end(one);
    }
    expect(host.inFlight).toBe(0);
    expect(answersNow(host, ticks)).toBe(MANY);
    expect(fastestNow(host, ticks)).toBe(7000);
    expect(changetype<ClusterState>(host.cluster).load).toBe(0);
  });

  test('a host that seems to answer by what is not watched is not taken for one that is there', () => {
    const policy = policyWith(2, STICKY);
    const host = stateAt(policy, 0);
    for (let i = 0; i < 8; i++) passage.move(sent(host), stateAt(policy, 1));
    for (let i = 0; i < 8; i++) passage.arriveUnwatched(sent(host));
    step(policy, [0.5, 0.5]);
    expect(host.away).toBe(1);
  });
});
