import * as heap from '../bytes/heap';
import { ClusterState, HostState, index, openCluster, openHost } from '../load/cluster';
import * as passage from '../load/passage';
import { addPeer, reference, startPeers } from '../load/peers';
import { enoughAnswers, nextLate, nextSlow } from '../load/shed';
import { tick } from '../load/tick';
import { horizonOf, nextUsual } from '../load/underway';
import { bytesOf, prepare } from './support';

const MILLISECOND: u64 = 1000000;
let clock: u64 = 5000000 * MILLISECOND;
let made: i32 = 0;

function clusterOf(hosts: i32): HostState[] {
  prepare();
  const cluster = openCluster(bytesOf('slow' + (made++).toString()))!;
  const list: HostState[] = [];
  for (let i = 0; i < hosts; i++) {
    const host = openHost(cluster, bytesOf('h' + i.toString()), false)!;
    host.share = 1 / <f64>hosts;
    list.push(host);
  }
  index(cluster);
  return list;
}

let keys: u64 = 0;

function begin(host: HostState, key: u64 = ++keys): passage.Passage {
  const made = changetype<passage.Passage>(heap.alloc(offsetof<passage.Passage>()));
  memory.fill(changetype<usize>(made), 0, offsetof<passage.Passage>());
  passage.begin(made, host, key, clock);
  return made;
}

function answered(host: HostState, milliseconds: u32): passage.Passage {
  const one = begin(host);
  passage.arrive(one, clock + <u64>milliseconds * MILLISECOND);
  return one;
}

function wait(host: HostState): void {
  clock += 250 * MILLISECOND;
  tick(changetype<ClusterState>(host.cluster), clock, 0.8);
}

/** A second in which each host answers so many requests in its time, in milliseconds; 0: none. */
function second(hosts: HostState[], times: u32[], requests: i32 = 4): void {
  for (let quarter = 0; quarter < 4; quarter++) {
    for (let i = 0; i < hosts.length; i++) {
      for (let n = 0; n < requests && times[i] > 0; n++) passage.end(answered(hosts[i], times[i]));
    }
    wait(hosts[0]);
  }
}

describe('a slow host', () => {
  test('gives most of its keys away within two seconds, and has them back soon', () => {
    const hosts = clusterOf(4);
    second(hosts, [20, 20, 20, 20]);
    second(hosts, [20, 20, 60, 20]);
    second(hosts, [20, 20, 60, 20]);
    expect(hosts[2].shed > 0.5).toBe(true, hosts[2].shed.toString());
    expect(hosts[0].shed + hosts[1].shed + hosts[3].shed).toBe(0);
    for (let i = 0; i < 6; i++) second(hosts, [20, 20, 20, 20], 1);
    expect(hosts[2].shed < 0.1).toBe(true, hosts[2].shed.toString());
  });

  test('is not one that misses now and then, nor one of a few milliseconds more', () => {
    const hosts = clusterOf(4);
    for (let i = 0; i < 4; i++) {
      second(hosts, [20, 20, 80, 20], 3);
      second(hosts, [20, 20, 20, 20], 1);
    }
    expect(hosts[2].shed < 0.2).toBe(true, hosts[2].shed.toString());
    const near = clusterOf(4);
    for (let i = 0; i < 4; i++) second(near, [1, 1, 3, 1]);
    expect(near[2].shed).toBe(0);
  });

  test('is not one that answers more than its share, where requests wait', () => {
    const hosts = clusterOf(4);
    for (let quarter = 0; quarter < 14; quarter++) {
      if (quarter % 7 == 0) for (let n = 0; n < 4; n++) begin(hosts[2]);
      // Then it is as late with fewer answers: it cannot do more.
      const late = quarter < 7 ? 5 : 2;
      for (let n = 0; n < late; n++) passage.end(answered(hosts[2], 80));
      for (let i = 0; i < 4; i++) {
        for (let n = 0; n < 4 && i != 2; n++) passage.end(answered(hosts[i], 20));
      }
      wait(hosts[0]);
      if (late == 5) expect(hosts[2].shed).toBe(0);
    }
    expect(hosts[2].shed > 0.5).toBe(true, hosts[2].shed.toString());
  });

  test('is judged by its peers alone: where all are slow, none is', () => {
    const hosts = clusterOf(4);
    second(hosts, [20, 20, 20, 20]);
    for (let i = 0; i < 3; i++) second(hosts, [90, 80, 100, 90]);
    for (let i = 0; i < 4; i++) expect(hosts[i].shed).toBe(0);
  });

  test('is one that does not answer at all, too', () => {
    const hosts = clusterOf(4);
    second(hosts, [20, 20, 20, 20]);
    for (let quarter = 0; quarter < 8; quarter++) {
      for (let n = 0; n < 3; n++) begin(hosts[1]);
      for (let i = 0; i < 4; i++) {
        for (let n = 0; n < 4 && i != 1; n++) answered(hosts[i], 20);
      }
      wait(hosts[0]);
    }
    expect(hosts[1].shed > 0.5).toBe(true, hosts[1].shed.toString());
  });

  test('is one that does not answer, however many answers are late', () => {
    const hosts = clusterOf(4);
    second(hosts, [20, 20, 20, 20]);
    for (let quarter = 0; quarter < 9; quarter++) {
      begin(hosts[1]);
      for (let i = 0; i < 4; i++) {
        for (let n = 0; n < 4 && i != 1; n++) answered(hosts[i], 20);
      }
      changetype<ClusterState>(hosts[0].cluster).late = 0.9;
      wait(hosts[0]);
    }
    expect(hosts[1].silent).toBe(1);
  });

  test('sheds by how slow it is, and nothing where that is not known', () => {
    expect(nextSlow(0, 0, 20000)).toBe(0);
    expect(nextSlow(0, 60000, 0)).toBe(0);
    expect(nextSlow(0, 25000, 20000)).toBe(0);
    expect(nextSlow(0, 60000, 20000) > 0.05).toBe(true);
    expect(nextSlow(0, 1e9, 20000)).toBe(0.2);
    expect(nextSlow(0.9, 1e9, 20000)).toBe(0.9);
    expect(nextSlow(0.8, 20000, 20000)).toBeCloseTo(0.6, 9);
  });

  test('is known by more answers where many are late anyway', () => {
    expect(enoughAnswers(0)).toBe(5);
    expect(enoughAnswers(0.1)).toBe(5);
    expect(enoughAnswers(0.4)).toBe(8);
    expect(enoughAnswers(1)).toBe(32);
    let late: f64 = 0;
    for (let i = 0; i < 600; i++) late = nextLate(late, i % 2 == 0 ? 80000 : 20000, 20000);
    expect(late > 0.4 && late < 0.6).toBe(true, late.toString());
    expect(nextLate(0.5, 80000, 0)).toBe(0.5);
    const hosts = clusterOf(4);
    second(hosts, [20, 20, 20, 20], 2);
    changetype<ClusterState>(hosts[0].cluster).late = 0.8;
    // Eight in two seconds: too few.
    for (let i = 0; i < 2; i++) second(hosts, [20, 20, 60, 20], 1);
    expect(hosts[2].shed).toBe(0);
    second(hosts, [20, 20, 60, 20], 4);
    expect(hosts[2].shed > 0).toBe(true);
  });

  test('is seen though all answers were once late beside what was known before', () => {
    const hosts = clusterOf(4);
    const cluster = changetype<ClusterState>(hosts[0].cluster);
    for (let i = 0; i < 4; i++) second(hosts, [1, 1, 1, 1], 8);
    // Too few answers to know a pace, and all of them slower than it was.
    for (let i = 0; i < 100; i++) {
      for (let n = 0; n < 4; n++) passage.end(answered(hosts[n], 40));
      for (let n = 0; n < 4; n++) wait(hosts[0]);
    }
    expect(enoughAnswers(cluster.late)).toBe(32);
    // More, but fewer than so many.
    for (let i = 0; i < 60; i++) second(hosts, [40, 40, 200, 40], 1);
    expect(enoughAnswers(cluster.late) < 8).toBe(true, cluster.late.toString());
    expect(hosts[2].shed > 0.5).toBe(true, hosts[2].shed.toString());
  });
});

describe('what is load', () => {
  test('not what is open for far longer than usual', () => {
    const hosts = clusterOf(2);
    const cluster = changetype<ClusterState>(hosts[0].cluster);
    const open: passage.Passage[] = [];
    for (let i = 0; i < 12; i++) open.push(begin(hosts[0]));
    for (let i = 0; i < 12; i++) passage.arrive(open[i], clock);
    expect(hosts[0].load).toBe(12);
    expect(cluster.load).toBe(12);
    for (let i = 0; i < 8; i++) wait(hosts[0]);
    expect(hosts[0].load).toBe(0);
    expect(cluster.load).toBe(0);
    expect(hosts[0].inFlight).toBe(12);
    for (let i = 0; i < 40; i++) wait(hosts[0]);
    for (let i = 0; i < 12; i++) passage.end(open[i]);
    expect([hosts[0].inFlight, hosts[0].load, cluster.load, cluster.inFlight]).toStrictEqual([0, 0, 0, 0]);
  });

  test('all of it, where requests usually take long', () => {
    const hosts = clusterOf(2);
    const cluster = changetype<ClusterState>(hosts[0].cluster);
    cluster.usual = 20;
    const one = begin(hosts[0]);
    for (let i = 0; i < 60; i++) wait(hosts[0]);
    expect(hosts[0].load).toBe(1);
    passage.end(one);
    expect(cluster.load).toBe(0);
  });

  test('is known to be streams where answers have begun', () => {
    const hosts = clusterOf(2);
    const cluster = changetype<ClusterState>(hosts[0].cluster);
    const open: passage.Passage[] = [];
    for (let i = 0; i < 3; i++) open.push(begin(hosts[i % 2]));
    for (let i = 0; i < 4; i++) wait(hosts[0]);
    expect(cluster.streaming).toBe(0);
    for (let i = 0; i < 2; i++) passage.arrive(open[i], clock);
    cluster.usual = 20;
    for (let i = 0; i < 20; i++) wait(hosts[0]);
    expect(cluster.streaming > 0.4 && cluster.streaming < 2 / 3).toBe(true, cluster.streaming.toString());
    for (let i = 0; i < 3; i++) passage.end(open[i]);
    const before = cluster.streaming;
    wait(hosts[0]);
    expect(cluster.streaming).toBe(before);
  });

  test('requests of one key in a row count once', () => {
    const hosts = clusterOf(2);
    const open: passage.Passage[] = [];
    for (let i = 0; i < 8; i++) open.push(begin(hosts[0], 77));
    expect([hosts[0].load, hosts[0].inFlight]).toStrictEqual([1, 8]);
    passage.move(open[3], hosts[1]);
    expect([hosts[0].inFlight, hosts[1].inFlight]).toStrictEqual([7, 1]);
    for (let i = 0; i < 8; i++) passage.end(open[i]);
    expect([hosts[0].load, hosts[0].inFlight, hosts[1].inFlight]).toStrictEqual([0, 0, 0]);
  });

  test('the usual time follows half of the requests', () => {
    let usual: f64 = 0;
    for (let i = 0; i < 400; i++) usual = nextUsual(usual, 12);
    expect(usual > 11 && usual < 13).toBe(true, usual.toString());
    expect(horizonOf(usual)).toBe(u32.MAX_VALUE);
    for (let i = 0; i < 400; i++) usual = nextUsual(usual, i % 3 == 0 ? 100 : 0);
    expect(usual < 1).toBe(true, usual.toString());
    expect(horizonOf(usual)).toBe(8);
  });
});

describe('the peers', () => {
  test('are judged by the time that a quarter of them exceed', () => {
    startPeers();
    addPeer(1000);
    expect(reference()).toBe(0);
    const times: u32[] = [1000, 1000, 1000, 1000, 1000, 3000, 4000000000];
    for (let i = 0; i < times.length; i++) addPeer(times[i]);
    expect(reference() > 900 && reference() < 1100).toBe(true, reference().toString());
  });

  test('of which half are fast must differ more', () => {
    startPeers();
    for (let i = 0; i < 8; i++) addPeer(i < 4 ? 1000 : 2000);
    expect(reference() > 3600 && reference() < 4400).toBe(true, reference().toString());
  });
});
