/**
 * Configurations by grammar. Half of them have nothing wrong on purpose, since what is refused builds no
 * table and serves no request; the other half may have something odd anywhere.
 */
import type { Random } from './random.ts';

const oddSizes = [0, 1, 3, 4, 65_536, 655_373, 5_000_011, 5_000_012, 4_294_967_295];
const oddAddresses = ['127.0.0.1:80', 'example.com:80', '', '1:', ':80', '[]:1', '[::1]:80'];

export function configuration(random: Random): unknown {
  const odd = random.oneIn(2);
  /** One of the good, or, in an odd configuration, at times one of the others. */
  const one = <T>(good: readonly T[], others: readonly unknown[]): unknown =>
    odd && random.oneIn(10) ? random.pick(others) : random.pick(good);
  const some = <T>(least: number, most: number, make: (i: number) => T): T[] =>
    Array.from({ length: (odd ? 0 : least) + random.below(most + 1) }, (_, i) => make(i));
  const long = (letter: string): string => letter.repeat(1 + random.size(odd ? 5000 : 100));

  let hosts = 0;
  const weight = () => one([1, 1 + random.below(100)], [0, -1, 1.5, 4_294_967_295, 4_294_967_296, '1', null]);
  const host = (): unknown => {
    const address = `10.${hosts >> 16}.${(hosts >> 8) & 255}.${hosts++ & 255}:80`;
    const record = [one([address], oddAddresses), weight()];
    return odd && random.oneIn(20) ? record.slice(0, random.below(2)) : record;
  };
  const locality = (): unknown => ({
    ...(random.oneIn(2) ? { weight: weight() } : {}),
    hosts: some(1, random.oneIn(20) ? 300 : 5, host),
  });
  const size = () =>
    random.oneIn(100) ? random.pick([65_537, 655_373, 5_000_011]) : one([2, 251, 1021], oddSizes);
  const key = (): unknown =>
    random.pick([
      () => ({ header: one(['FooBar', ':path', long('x')], ['', 1]) }),
      () => ({
        cookie: one(['c', long('c')], ['', null]),
        set: one(
          ['HttpOnly', 'Max-Age=60; SameSite=Lax; HttpOnly', '\n', '\u00ff', long('p')],
          ['', null, 1],
        ),
      }),
      () => ({ cookie: 'FooBar' }),
      () => ({ query: 'user' }),
      () => ({ source: one(['ip'], ['port', '']) }),
      () => ({ header: 'a', ...(odd ? { query: 'b' } : {}) }),
      () => ({ query: 'q', ...(odd ? { terminal: true } : {}) }),
    ])();

  const sticky = (): unknown => ({
    target: one([0.8, 1, 0.001], [0, -1, 1.1, '0.5', null, 1e-300]),
    ...(odd && random.oneIn(4) ? {} : { bound: one([1, 2.5, 1e6], [0.9, 1e7, -1, 1e300]) }),
    ...(odd && random.oneIn(4) ? {} : { hops: one([1, 8], [0, 9, 1.5]) }),
    ...(odd && random.oneIn(20) ? { unknown: 1 } : {}),
  });

  if (random.oneIn(3)) {
    return {
      role: one(['report'], ['select', 'x', 1]),
      cluster: one(['c', long('c'), 'a.b/c'], ['', '\u0000', null]),
      ...(random.oneIn(2) ? { strip: one([true, false], [1, 'true']) } : {}),
      ...(random.oneIn(2) ? { sticky: one([true, false], [1, null]) } : {}),
      ...(random.oneIn(2)
        ? {
            metricNames: some(0, odd ? 34 : 5, () =>
              one(['named_metrics.foo', 'cpu_utilization', '.', 'a.*'], ['', 3]),
            ),
          }
        : {}),
    };
  }
  const tables = some(1, 3, () => ({
    size: size(),
    ...(random.oneIn(2) ? { localityWeighted: one([true, false], [null]) } : {}),
    localities: some(1, odd && random.oneIn(20) ? 1100 : 3, locality),
  }));
  const policies = some(1, 4, (i) => ({
    cluster: one([`c${i}`], ['same', '', 1]),
    table: one([random.below(Math.max(1, tables.length))], [tables.length, -1, 4096, 4097]),
    hash: some(1, odd && random.oneIn(10) ? 33 : 3, key),
    ...(random.oneIn(4) ? { sticky: sticky() } : {}),
  }));
  return {
    role: 'select',
    ...(policies.length === 1 || odd ? { only: one([true, false], [null]) } : {}),
    tables,
    policies,
    ...(odd && random.oneIn(20) ? { [random.pick(['unknown', 'sticky', '__proto__', ''])]: tables } : {}),
  };
}
