import { addEvidence, elasticity, Evidence, EVIDENCE_BYTES, Follower, lateness, ln, loadOf, observe, startFollowing } from '../load/follow';

const host: usize = memory.data(192, 8);
const others: usize = memory.data(64, 8);

function fresh(): Follower {
  memory.fill(host, 0, offsetof<Follower>());
  memory.fill(others, 0, EVIDENCE_BYTES);
  startFollowing(changetype<Follower>(host));
  return changetype<Follower>(host);
}

const nobody = (): Evidence => changetype<Evidence>(others);

/** Seconds at a rate; utilization is `fixed`, or the rate's part of `capacity` averaged with `lag`. */
function run(follower: Follower, seconds: i32, rate: f64, fixed: f64, capacity: f64, lag: f64): void {
  let averaged: f64 = follower.load < 0 ? rate / capacity : follower.load;
  for (let i = 0; i < seconds; i++) {
    averaged += (rate / capacity - averaged) / (1 + lag);
    observe(follower, rate, fixed > 0 ? fixed : averaged, 100, 1);
  }
}

describe('how utilization follows the rate', () => {
  test('is in the middle before anything is known', () => {
    const follower = fresh();
    run(follower, 20, 100, 0, 200, 0);
    const known = elasticity(follower, nobody(), 100);
    expect(known > 0.1 && known < 0.3).toBe(true);
  });

  test('is learnt from changes of the rate', () => {
    const follower = fresh();
    run(follower, 10, 100, 0, 200, 0);
    run(follower, 10, 60, 0, 200, 0);
    expect(elasticity(follower, nobody(), 100) > 0.6).toBe(true);
  });

  test('is not there when utilization stays', () => {
    const follower = fresh();
    run(follower, 10, 100, 0.5, 0, 0);
    run(follower, 10, 60, 0.5, 0, 0);
    expect(elasticity(follower, nobody(), 100) < 0.1).toBe(true);
  });

  test('is not learnt from what utilization does by itself', () => {
    const follower = fresh();
    run(follower, 10, 100, 0.3, 0, 0);
    run(follower, 10, 100, 0.9, 0, 0);
    expect(follower.quickSquare).toBe(0);
  });

  test('is not learnt while the host is saturated, which counts as more than it tells', () => {
    const follower = fresh();
    run(follower, 10, 100, 1, 0, 0);
    run(follower, 10, 60, 1, 0, 0);
    expect(follower.quickSquare).toBe(0);
    expect(loadOf(follower)).toBeCloseTo(1.5, 3);
  });

  test('is told quick from slow', () => {
    let follower = fresh();
    run(follower, 15, 100, 0, 200, 0);
    run(follower, 15, 60, 0, 200, 0);
    addEvidence(nobody(), follower);
    expect(lateness(nobody()) < 0.1).toBe(true);
    follower = fresh();
    run(follower, 30, 100, 0, 200, 5);
    run(follower, 15, 60, 0, 200, 5);
    addEvidence(nobody(), follower);
    expect(lateness(nobody()) > 0.5).toBe(true);
  });

  test('is what the others say for one that contradicts, unless it has much', () => {
    let follower = fresh();
    run(follower, 10, 100, 0, 200, 0);
    run(follower, 15, 60, 0, 200, 0);
    for (let i = 0; i < 3; i++) addEvidence(nobody(), follower);
    const all = changetype<Evidence>(memory.data(64, 8));
    memory.copy(changetype<usize>(all), others, EVIDENCE_BYTES);
    follower = fresh();
    run(follower, 10, 100, 0.5, 0, 0);
    run(follower, 10, 160, 0.5, 0, 0);
    expect(elasticity(follower, all, 160) > 0.3).toBe(true);
    expect(elasticity(follower, all, 80) < 0.15).toBe(true);
  });
});

describe('the logarithm', () => {
  test('is right to a millionth', () => {
    expect(ln(1)).toBe(0);
    for (let x: f64 = 0.001; x < 1e7; x *= 1.7) expect(abs(ln(x) - Math.log(x)) < 1e-6).toBe(true);
  });
});
