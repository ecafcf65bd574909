import * as arena from '../bytes/arena';
import { Bytes } from '../bytes/view';
import { ClusterState, HostState, index, openCluster, openHost } from '../load/cluster';
import { addTo, adopt } from '../load/common';
import { noteAnswer, turnPace } from '../load/pace';
import { bytesOf, prepare } from './support';

const TICK: u64 = 250000000;
let clock: u64 = 1000 * 1000000000;

/** What a worker knows: a cluster of its own, with hosts of these names. */
function worker(name: string, hosts: string[]): ClusterState {
  const cluster = openCluster(bytesOf(name))!;
  for (let i = 0; i < hosts.length; i++) openHost(cluster, bytesOf(hosts[i]), false);
  index(cluster);
  return cluster;
}

function hostOf(cluster: ClusterState, name: string): HostState {
  return openHost(cluster, bytesOf(name), false)!;
}

function exchange(shared: Bytes, cluster: ClusterState): Bytes {
  const after = addTo(shared, cluster, clock);
  adopt(cluster);
  cluster.ticks++;
  return after;
}

/** The same a tick later, of a worker whose only host is `a`. */
function passTick(shared: Bytes, cluster: ClusterState): Bytes {
  clock += TICK;
  const after = exchange(shared, cluster);
  turnPace(hostOf(cluster, 'a'), cluster.ticks);
  return after;
}

describe('what workers tell each other', () => {
  beforeEach(() => {
    prepare();
    arena.reset();
  });

  test('is the load of the others, and the fastest answer of all', () => {
    const one = worker('one', ['a', 'b']);
    const other = worker('other', ['b', 'a', 'c']);
    hostOf(one, 'a').load = 4;
    hostOf(other, 'a').load = 8;
    let shared: Bytes = 0;
    for (let i = 0; i < 40; i++) {
      noteAnswer(hostOf(one, 'a'), 900, one.ticks);
      noteAnswer(hostOf(other, 'a'), 700, other.ticks);
      clock += TICK;
      shared = exchange(exchange(shared, one), other);
    }
    expect(Math.abs(hostOf(one, 'a').elsewhere - 8) < 3).toBe(true, hostOf(one, 'a').elsewhere.toString());
    expect(Math.abs(hostOf(other, 'a').elsewhere - 4) < 3).toBe(true, hostOf(other, 'a').elsewhere.toString());
    expect(hostOf(one, 'b').elsewhere).toBe(0);
    expect(hostOf(one, 'a').sharedFastest).toBe(700);
    expect(hostOf(one, 'a').sharedAnswers >= 5).toBe(true);
    expect(hostOf(other, 'b').sharedAnswers).toBe(0);
  });

  test('is told over a longer time where answers are few', () => {
    const one = worker('few', ['a']);
    let shared: Bytes = 0;
    // Three answers a second, too few for the usual time.
    for (let i = 0; i < 16; i++) {
      if (i % 4 != 3) noteAnswer(hostOf(one, 'a'), i < 8 ? 300 : 900, one.ticks);
      shared = passTick(shared, one);
    }
    expect(hostOf(one, 'a').sharedAnswers >= 5).toBe(true, hostOf(one, 'a').sharedAnswers.toString());
    for (let i = 0; i < 16; i++) {
      shared = passTick(shared, one);
    }
    expect(hostOf(one, 'a').sharedAnswers).toBe(0);
  });

  test('holds no longer where a host has stopped', () => {
    const one = worker('stops', ['a']);
    let shared: Bytes = 0;
    for (let i = 0; i < 8; i++) {
      for (let n = 0; n < 8; n++) noteAnswer(hostOf(one, 'a'), 300, one.ticks);
      shared = passTick(shared, one);
    }
    expect(hostOf(one, 'a').sharedAnswers >= 8).toBe(true);
    for (let i = 0; i < 4; i++) {
      shared = passTick(shared, one);
    }
    expect(hostOf(one, 'a').sharedAnswers).toBe(0);
  });

  test('is begun anew where the clock was set back', () => {
    const one = worker('back', ['a']);
    hostOf(one, 'a').load = 4;
    let shared: Bytes = 0;
    for (let i = 0; i < 80; i++) {
      if (i == 40) clock -= 600 * 4 * TICK;
      noteAnswer(hostOf(one, 'a'), i < 40 ? 300 : 900, one.ticks);
      shared = passTick(shared, one);
    }
    expect(hostOf(one, 'a').elsewhere < 1).toBe(true, hostOf(one, 'a').elsewhere.toString());
    expect(hostOf(one, 'a').sharedFastest).toBe(900);
  });

  test('is forgotten where there come to be too many hosts', () => {
    const one = worker('grows', ['a']);
    const other = worker('grows beside', ['a']);
    hostOf(other, 'a').load = 8;
    let shared: Bytes = 0;
    for (let i = 0; i < 20; i++) {
      noteAnswer(hostOf(other, 'a'), 300, other.ticks);
      clock += TICK;
      shared = exchange(exchange(shared, one), other);
    }
    expect(hostOf(one, 'a').elsewhere > 4 && hostOf(one, 'a').sharedAnswers > 0).toBe(true);
    for (let i = 0; i < 1024; i++) openHost(one, bytesOf('more' + i.toString()), true);
    expect(addTo(shared, one, clock)).toBe(0);
    expect(hostOf(one, 'a').elsewhere + one.elsewhere + <f64>hostOf(one, 'a').sharedAnswers).toBe(0);
  });

  test('fades when a worker is gone', () => {
    const one = worker('stays', ['a']);
    const other = worker('goes', ['a']);
    hostOf(other, 'a').load = 50;
    let shared: Bytes = 0;
    for (let i = 0; i < 10; i++) {
      clock += TICK;
      shared = exchange(exchange(shared, one), other);
    }
    expect(hostOf(one, 'a').elsewhere > 30).toBe(true);
    for (let i = 0; i < 20; i++) {
      clock += TICK;
      shared = exchange(shared, one);
    }
    expect(hostOf(one, 'a').elsewhere < 0.1).toBe(true, hostOf(one, 'a').elsewhere.toString());
  });

  test('may be anything: bytes that nobody wrote do no harm', () => {
    const one = worker('bytes', ['a']);
    const texts: string[] = ['', 'x', '12345678', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'];
    for (let i = 0; i < texts.length; i++) {
      expect(addTo(bytesOf(texts[i]), one, clock)).not.toBe(0);
      adopt(one);
      expect(hostOf(one, 'a').elsewhere).toBe(0);
    }
  });
});
