/** How long and how many. */
import { bytes, double, entry, message } from '../wire.ts';
import { BINARY, one, withRate } from './case.ts';

const many = (count: number, separator: string): string =>
  Array.from({ length: count }, (_, i) => `named_metrics.m${i}${separator}0.5`).join(',');

export const sizes = [
  ...[1, 64, 128, 129, 1000, 8000, 9000, 65_000].map((n) =>
    one(
      'Sizes',
      `name of ${n} bytes`,
      `TEXT cpu_utilization=0.5,rps_fractional=7,named_metrics.${'n'.repeat(n)}=1`,
    ),
  ),
  ...[1, 10, 62, 63, 200, 1000].map((n) =>
    one(
      'Sizes',
      `${n} named metrics and two fields`,
      `TEXT cpu_utilization=0.5,rps_fractional=7,${many(n, ':')}`,
    ),
  ),
  ...[62, 63, 200].map((n) =>
    one(
      'Sizes',
      `JSON, ${n} named metrics and two fields`,
      `JSON {${withRate},"named_metrics":{${Array.from({ length: n }, (_, i) => `"m${i}":1`).join(',')}}}`,
    ),
  ),
  one(
    'Sizes',
    'binary, 200 named metrics',
    message(
      double(1, 0.5),
      double(6, 7),
      ...Array.from({ length: 200 }, (_, i) => bytes(8, entry(`m${i}`, 1))),
    ).toString('base64'),
    BINARY,
  ),
  one('Sizes', '8,192 bytes', `TEXT cpu_utilization=0.5,rps_fractional=7${','.repeat(8192 - 41)}`),
  one('Sizes', '8,193 bytes', `TEXT cpu_utilization=0.5,rps_fractional=7${','.repeat(8193 - 41)}`),
  one('Sizes', '64 KB of commas', `TEXT ${','.repeat(65_536)}`),
  one('Sizes', '64 KB of base64', 'AAAA'.repeat(16_384), BINARY),
  one('Sizes', '64 KB of JSON', `JSON {${withRate}${' '.repeat(65_536)}}`),
  one('Sizes', '64 KB of digits', `TEXT cpu_utilization=0.${'3'.repeat(65_536)},rps_fractional=7`),
];
