import { ABSENT, size } from '../bytes/view';
import { addressOf, hostOf, HostTable } from '../load/hosts';
import { believed, effectiveRate, LEAST_MEAN_RPS, mostRate, nextRate } from '../load/rate';
import * as shared from '../load/shared';
import { bytesOf, prepare, textOf } from './support';

const record: usize = memory.data(16, 8);

/** Shares of hosts after `rounds` updates, when each share is its weight's part: rate / utilization. */
function settle(capacity: f64[], fixed: f64[], rounds: i32): f64[] {
  const shares: f64[] = [];
  for (let i = 0; i < capacity.length; i++) shares.push(1.0 / capacity.length);
  for (let r = 0; r < rounds; r++) {
    const weights: f64[] = [];
    let sum: f64 = 0;
    for (let i = 0; i < capacity.length; i++) {
      const rate = shares[i] * 1000;
      const utilization = fixed[i] > 0 ? fixed[i] : rate / capacity[i];
      weights.push(effectiveRate(rate, 1000.0 / capacity.length, true) / utilization);
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
    expect(effectiveRate(-1, 0, true)).toBe(LEAST_MEAN_RPS);
    expect(effectiveRate(-1, 5, true)).toBe(LEAST_MEAN_RPS);
    expect(effectiveRate(5, 5, true)).toBe(LEAST_MEAN_RPS);
    expect(effectiveRate(5, 5, false)).toBe(5);
    expect(effectiveRate(0, 400, true)).toBe(40);
  });

  test('lets fixed utilizations settle at 1 / utilization^2, and come back', () => {
    const shares = settle([1, 1, 1, 1], [0.9, 0.3, 0.3, 0.3], 40);
    expect(shares[0]).toBeCloseTo(1.0 / 28, 4);
    expect(shares[1]).toBeCloseTo(9.0 / 28, 4);
  });

  test('lets utilizations that follow load settle at capacity^(2/3), without swinging', () => {
    const shares = settle([1000, 8000], [0, 0], 40);
    expect(shares[1] / shares[0]).toBeCloseTo(4, 3);
    const next = settle([1000, 8000], [0, 0], 41);
    expect(next[1] / next[0]).toBeCloseTo(4, 3);
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

describe('a rate of its own', () => {
  test('gives a host at most ten times the median weight', () => {
    expect(mostRate(0.5, 100)).toBe(500);
  });

  test('is believed where there is no median', () => {
    expect(mostRate(0.5, 0)).toBe(Infinity);
  });
});
