/**
 * Values that are aimed at one field each, by the field's name: the corners of its rule, and what Envoy or
 * the filter alone refuses.
 */
import { named as patterns } from '../conformance/re2-patterns.ts';

const long = (length: number): string => 'x'.repeat(length);
const addresses = [
  '::1',
  '0:0:0:0:0:0:0:1',
  '0::1',
  '::FFFF:127.0.0.1',
  '::ffff:7f00:1',
  '127.0.0.1',
  '127.0.0.01',
];
const names = [
  'x',
  'X-User',
  ':path',
  ':authority',
  ':method',
  'host',
  'a:b',
  'x_y',
  'a b',
  '\u20ac'.repeat(1400),
];

const lists: Readonly<Record<string, readonly unknown[]>> = {
  value: [
    ...patterns.filter((pattern) => pattern.length < 200),
    ...[
      '%REQ(a:b)%',
      '%REQ(:)%',
      '%REQ(X?:)%',
      '%REQ(X):99999999999999999999%',
      '%REQ(X?Y):5%',
      '100%',
      '%%',
      'a  b',
    ],
    ...['\ud800', 'a\udfffb', '\u00e9', long(1024), long(4096), long(16_385), 'a\u0007b', '\u007f'],
  ],
  name: [...names, '', '\ud800', '\u20ac'.repeat(2000), long(4096), 'n\u0000', '__proto__'],
  address: [...addresses, 'fe80::1%eth0', '0.0.0.0', '255.255.255.255', '::', '1.2.3', '\ud800'],
  addresses: [addresses.slice(0, 2), ['10.0.0.1', '10.0.0.1'], [], ['2001:DB8::1', '2001:db8:0::1']],
  method: ['CONNECT', 'connect', 'GET', 'get', '', long(1025), '/x', 'a.b', '('],
  service: ['a.b', '(', '\\Q', 'a{1001}', '', '/a', '\ud800', '.*'],
  metricNamesForComputingUtilization: [
    [],
    [''],
    Array.from({ length: 32 }, (_, i) => `named_metrics.m${i}`),
    Array.from({ length: 33 }, (_, i) => `named_metrics.m${i}`),
    [long(1024)],
    [long(5000)],
    ['\u20ac'.repeat(1024)],
    ['cpu_utilization', 'cpu_utilization'],
  ],
  'loadstar/metric-names': [
    Array.from({ length: 33 }, (_, i) => `named_metrics.m${i}`).join(','),
    `named_metrics.${long(5000)}`,
    ',',
  ],
  path: ['/', '/a b', '/\u0000', '/\ud800', '/%00', '/a?b', `/${long(1023)}`, '//', '/\u00e9', '/a\\1'],
  hostname: ['a.b', '*.a.b', '*', 'A.b', '1.2.3.4', '::1', long(254), 'a..b', '\ud800.b'],
  endpointHostname: ['a.b', '', '\ud800', 'a b'],
  text: ['', '\ud800', long(5000), '\u0000'],
  binary: ['', 'AA==', '*', long(5000)],
  port: [0, 1, 80, 1023, 1024, 65_535, 65_536],
  ttl: ['0s', '1ms', '1500ms', '99999h99999h99999h99999h', '-1s'],
  tableSize: [1, 2, 3, 4, 5_000_011, 5_000_013, 65_537],
  replaceFullPath: ['', '/', 'a', '/\\0', '/%', '/\ud800', '/\u0000', '/a?b=c', '/a#b'],
  replacePrefixMatch: ['', '/', 'a', '/\\0', '/%', '/\ud800', '/a b', '/\n'],
  statusCode: [200, 301, 302, 303, 307, 308, 399],
  percent: [0, 1, 99, 100, 101],
  weight: [0, 1, 1_000_000, 1_000_001, 2 ** 32],
  sectionName: ['http', 'alt', 'none', '', 'one'],
  kind: ['SecurityPolicy', 'BackendTLSPolicy', 'Service', 'Backend', 'Gateway', 'HTTPRoute'],
  extractFrom: [[], [{ header: 'x' }], [{ header: ':path' }], [{ header: '' }], [{ header: '\ud800' }]],
  header: [...names, '', long(5000)],
  authority: ['', 'a', 'a b', '\ud800', long(5000), 'a\u0000'],
};
const anything: readonly unknown[] = [
  '\ud800',
  '\u0000',
  '\u0007',
  long(70_000),
  '\u20ac'.repeat(3000),
  1e308,
  -0,
  '%',
  '\\',
];

/** For a field, or an item of a list of that name. */
export const aimedAt = (path: readonly (string | number)[]): readonly unknown[] => {
  const name = [...path].reverse().find((segment) => typeof segment === 'string');
  return (name !== undefined && Object.hasOwn(lists, name) ? lists[name] : undefined) ?? anything;
};
