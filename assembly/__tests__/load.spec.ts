import { ABSENT, size } from '../bytes/view';
import { addressOf, hostOf, HostTable } from '../load/hosts';
import { believed, effectiveRate, homing, LEAST_MEAN_RPS, mostRate, mostWeight, nextRate } from '../load/rate';
import * as shared from '../load/shared';
import { bytesOf, prepare, textOf } from './support';

const record: usize = memory.data(16, 8);

/** Shares of hosts after `rounds` updates, when each share is its weight's part: rate / utilization. */
function settle(capacity: f64[], fixed: f64[], elasticity: f64, rounds: i32): f64[] {
  const shares: f64[] = [];
  for (let i = 0; i < capacity.length; i++) shares.push(1.0 / capacity.length);
  for (let r = 0; r < rounds; r++) {
    const weights: f64[] = [];
    let sum: f64 = 0;
    for (let i = 0; i < capacity.length; i++) {
      const rate = shares[i] * 1000;
      const utilization = fixed[i] > 0 ? fixed[i] : 0.2 + (0.8 * rate) / capacity[i];
      weights.push(effectiveRate(rate, 1000.0 / capacity.length, elasticity, true) / utilization);
      sum += weights[i];
    }
    for (let i = 0; i < capacity.length; i++) shares[i] = weights[i] / sum;
  }
  return shares;
}

describe('the rate', () => {
  test('is a moving average', () => {
    expect(nextRate(-1, 50, 2)).toBe(25);
    expect(nextRate(10, 20, 1)).toBe(15);
  });

  test('is equal for all hosts before anything is measured', () => {
    expect(effectiveRate(-1, 0, 0, true)).toBe(LEAST_MEAN_RPS);
    expect(effectiveRate(-1, 5, 1, true)).toBe(LEAST_MEAN_RPS);
    expect(effectiveRate(5, 5, 0, true)).toBe(LEAST_MEAN_RPS);
    expect(effectiveRate(5, 5, 1, false)).toBe(5);
  });

  test('is the measured one where utilization follows, with little of the mean; else with more', () => {
    expect(homing(1)).toBe(homing(0.3));
    expect(homing(0)).toBe(homing(-1));
    expect(homing(0.2) > homing(0.3) && homing(0.2) < homing(0.1)).toBe(true);
    expect(effectiveRate(1000, 500, 1, true)).toBeCloseTo(997, 0);
    expect(effectiveRate(1000, 500, 0, true)).toBeCloseTo(800, 0);
  });

  test('is never so low that a host could not come back', () => {
    expect(effectiveRate(0, 400, 1, true) > 400 * 0.04).toBe(true);
  });

  test('lets fixed utilizations settle between 1 and 10 % for 0.9 beside 0.3, and come back', () => {
    const shares = settle([1, 1, 1, 1], [0.9, 0.3, 0.3, 0.3], 0, 40);
    expect(shares[0] > 0.04 && shares[0] < 0.05).toBe(true);
    const back = settle([1, 1, 1, 1], [0.3, 0.3, 0.3, 0.3], 0, 40);
    expect(back[0]).toBeCloseTo(0.25, 4);
  });

  test('lets utilizations that follow load settle at equal ones, whatever the hosts can do', () => {
    const shares = settle([1000, 8000], [0, 0], 1, 60);
    const busy = 0.2 + (0.8 * shares[0] * 1000) / 1000;
    const least = 0.2 + (0.8 * shares[1] * 1000) / 8000;
    expect(busy / least < 1.03).toBe(true);
    const next = settle([1000, 8000], [0, 0], 1, 61);
    expect(next[1] / next[0]).toBeCloseTo(shares[1] / shares[0], 1);
  });
});

describe('hosts', () => {
  beforeEach(prepare);

  test('are found again, and their number is bounded', () => {
    memory.fill(record, 0, 16);
    const table = changetype<HostTable>(record);
    const first = hostOf(table, bytesOf('10.0.0.1:80'))!;
    first.pending = 7;
    for (let i = 0; i < 5000; i++) {
      const host = hostOf(table, bytesOf('h' + i.toString()));
      if (host) host.pending = 1;
    }
    expect(table.count <= 8192).toBe(true);
    const again = hostOf(table, bytesOf('10.0.0.1:80'))!;
    expect(again.pending).toBe(7);
    expect(textOf(addressOf(again))).toBe('10.0.0.1:80');
    expect(hostOf(table, bytesOf('')) == null).toBe(true);
    expect(hostOf(table, bytesOf('x'.repeat(81))) == null).toBe(true);
  });
});

describe('shared counts', () => {
  beforeEach(prepare);

  test('of two workers add up', () => {
    memory.fill(record, 0, 16);
    const table = changetype<HostTable>(record);
    const host = hostOf(table, bytesOf('a:1'))!;
    host.pending = 3;
    expect(shared.open(ABSENT, 1)).toBe(true);
    shared.add(host, 1000);
    expect(shared.totalAt(host)).toBe(3);
    const bytes = shared.bytes();
    // The other worker.
    host.pending = 4;
    host.sharedAt = 0;
    expect(shared.open(bytes, 1)).toBe(true);
    shared.add(host, 1001);
    expect(shared.totalAt(host)).toBe(7);
    expect(shared.sum()).toBe(7);
    expect(shared.live(1001)).toBe(1);
    expect(shared.live(1062)).toBe(0);
  });

  test('of nonsense do no harm', () => {
    expect(shared.open(bytesOf('abc'), 0)).toBe(true);
    expect(size(shared.bytes())).toBe(0);
  });
});

describe('a utilization far below the other hosts’', () => {
  test('counts as half of their median at least', () => {
    expect(believed(0.5, 0.5)).toBe(1);
    expect(believed(0.25, 0.5)).toBe(1);
    expect(believed(0.01, 0.5)).toBe(0.04);
  });

  test('counts in full where there is no median', () => {
    expect(believed(0.01, 0)).toBe(1);
  });
});

describe('a host that is not believed', () => {
  test('weighs at most four times the median, ten times when it gets busier by what it gets', () => {
    expect(mostWeight(0, 100)).toBe(400);
    expect(mostWeight(1, 100)).toBe(1000);
    expect(mostWeight(0, 0)).toBe(Infinity);
  });
});

describe('a rate of its own', () => {
  test('gives a host at most ten times the median weight', () => {
    expect(mostRate(0.5, 100)).toBe(500);
  });

  test('is believed where there is no median', () => {
    expect(mostRate(0.5, 0)).toBe(Infinity);
  });
});
