/**
 * What a soak sends and answers: requests on all routes and reports of all kinds, hostile ones among them,
 * from one seed.
 */
import { mutate } from '../fuzz/mutate.ts';
import { reportText } from '../fuzz/orca-inputs.ts';
import { Random } from '../fuzz/random.ts';
import {
  consistentHash,
  gateway,
  httpRoute,
  type Manifest,
  policy,
  service,
  untilHot,
} from '../support/manifests.ts';

type Host = Parameters<typeof service>[1][number];

const key = (name: string) => consistentHash({ type: 'Header', header: { name } });
const policies: Readonly<Record<string, Manifest>> = {
  header: key('X-Key'),
  headers: consistentHash({ type: 'Headers', headers: [{ name: 'X-Key' }, { name: 'X-Tenant' }] }),
  cookie: consistentHash({
    type: 'Cookie',
    cookie: { name: 'FooBar', ttl: '60s', attributes: { SameSite: 'Strict' } },
  }),
  query: consistentHash({ type: 'QueryParams', queryParams: [{ name: 'user' }] }),
  source: consistentHash({ type: 'SourceIP' }),
  small: consistentHash({ type: 'Header', header: { name: 'X-Key' }, tableSize: 251 }),
  utilization: {
    loadBalancer: {
      type: 'BackendUtilization',
      backendUtilization: { blackoutPeriod: '100ms', weightUpdatePeriod: '100ms' },
    },
  },
  round: { loadBalancer: { type: 'RoundRobin' } },
  random: { loadBalancer: { type: 'Random' } },
  least: { loadBalancer: { type: 'LeastRequest' } },
};
export const routes = [...Object.keys(policies), 'plain', 'sticky'];

export function manifests(hosts: readonly Host[]): Manifest[] {
  return [
    ...gateway(),
    ...service('backend', hosts),
    ...routes.map((name) => httpRoute({ name })),
    ...Object.entries(policies).map(([name, spec]) => policy(name, spec)),
    untilHot(policy('sticky', key('X-Key')), '0.8'),
  ];
}

/**
 * Only what a header's value may hold (RFC 9110, 5.5), for a request that is no request proves nothing about
 * the filter.
 */
const legal = (text: string): string => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').trim();
const inPath = (text: string): string => text.replace(/[^!-~]/g, '');

const seeds = ['user-1', 'a, b', 'FooBar=1; x=2', '"quoted"', 'k'.repeat(300), '\xff\x80', ''];
const spoofed = [
  'x-loadstar-host',
  'X-Loadstar-Host',
  'endpoint-load-metrics',
  'Endpoint-Load-Metrics-Bin',
  'x-forwarded-for',
];

/** Bytes of one request. */
export function request(random: Random): Buffer {
  const value = (): string =>
    legal(random.oneIn(3) ? mutate(random.pick(seeds), random, seeds) : `key-${random.below(5000)}`).slice(
      0,
      4000,
    );
  const route = random.pick(routes);
  const lines: string[] = [];
  const times = random.oneIn(20) ? random.below(20) : 1;
  for (let i = 0; i < times; i++) {
    if (route === 'cookie') lines.push(`Cookie: ${random.oneIn(2) ? `FooBar=${value()}` : value()}`);
    else lines.push(`${random.pick(['X-Key', 'x-key', 'X-Tenant'])}: ${value()}`);
  }
  if (random.oneIn(5))
    lines.push(`${random.pick(spoofed)}: ${random.oneIn(2) ? 'MTI3LjAuMC4xMTozMDAw' : value()}`);
  const query = random.oneIn(2) ? `?user=${inPath(value())}` : '';
  return Buffer.from(
    [`GET /${route}${query} HTTP/1.1`, 'Host: www.example.com', ...lines, '', ''].join('\r\n'),
    'latin1',
  );
}

/** Bytes of one answer; half of the answers have a valid report, so that weights change. */
export function answer(random: Random): Buffer {
  const text = random.oneIn(2)
    ? `TEXT cpu=${0.1 + random.below(80) / 100}`
    : random.oneIn(4)
      ? mutate(reportText(random), random, seeds)
      : reportText(random);
  const report = legal(text).slice(0, 12_000);
  const name = /^[A-Za-z0-9+/=]+$/.test(report) ? 'endpoint-load-metrics-bin' : 'endpoint-load-metrics';
  const line = random.oneIn(6) ? [] : [`${name}: ${report}`];
  if (random.oneIn(10)) line.push(`endpoint-load-metrics: ${legal(reportText(random)).slice(0, 4000)}`);
  if (random.oneIn(5))
    return bytes(['HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '2', 'ok', '0', ...line, '', '']);
  return bytes(['HTTP/1.1 200 OK', 'content-length: 2', ...line, '', 'ok']);
}

const bytes = (lines: readonly string[]): Buffer => Buffer.from(lines.join('\r\n'), 'latin1');

/** Prepared once: making them costs more than sending them. */
export function prepare<T>(seed: number, count: number, make: (random: Random) => T): T[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    random.reseed(seed, i);
    return make(random);
  });
}
