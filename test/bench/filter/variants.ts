/**
 * What is compared with what. Every configuration comes from the translator that ships; the others are edits
 * of it.
 */
import { answer, RawBackend } from '../../../demo/fakes/raw-backend.ts';
import { get } from '../../../demo/fakes/raw-load.ts';
import { translate, wasmFile } from '../support/cli.ts';
import { type LoadBalancer, manifests, yamlText } from '../support/manifests.ts';
import type { Bootstrap } from '../support/types.ts';
import { firstHosts, type Peer, withLua, withModule, withoutFilter, withPeer } from './edits.ts';
import { luaPick } from './lua.ts';
import type { Variant } from './measure.ts';

export interface Backends {
  readonly plain: RawBackend;
  readonly good: RawBackend;
  readonly broken: RawBackend;
}

/** Hosts with different loads, so that weights differ and are worth computing. */
export async function startBackends(): Promise<Backends> {
  const loads = ['0.2', '0.4', '0.6', '0.8'];
  const orca = (value: string) => `endpoint-load-metrics: ${value}`;
  const good = loads.map((load) =>
    answer(orca(`TEXT cpu_utilization=${load},rps_fractional=120.5,named_metrics.foo=0.3`)),
  );
  // The documentation's own example: understood, but Envoy's parser refuses it (no rate, unknown names).
  const broken = loads.map((load) => answer(orca(`TEXT cpu=${load},mem=0.8,foo_bytes=123`)));
  return {
    plain: await onePortEach(Array.from({ length: 16 }, () => answer())),
    good: await onePortEach(good),
    broken: await onePortEach(broken),
  };
}

/** Hosts on free ports of 127.0.0.1; host i answers with answers[i]. */
export const onePortEach = (answers: readonly Buffer[]): Promise<RawBackend> =>
  RawBackend.start(answers.map((bytes) => ({ address: '127.0.0.1', port: 0, answer: () => bytes })));

export const portsOf = (backend: RawBackend): number[] => backend.hosts.map(({ port }) => port);

const header: LoadBalancer = { kind: 'header', name: 'foobar' };
const sticky: LoadBalancer = { kind: 'sticky', name: 'foobar' };
const cookie: LoadBalancer = { kind: 'cookie', name: 'session' };
const utilization: LoadBalancer = { kind: 'utilization' };
const none: LoadBalancer = { kind: 'none' };

const usual = ['user-agent: bench/1', 'accept: */*'];
const request = (route: number, ...lines: string[]) =>
  get('/cart/items?page=2', `host: r${route}.example.com`, ...usual, ...lines);
const keys = Array.from({ length: 512 }, (_, i) => `user-${(i * 7919).toString(36)}`);

export const headerRequests = keys.map((key) => request(0, `foobar: ${key}`));

export const reference = 'native Maglev';
export const many = 500;

/** All variants; the reference comes first. `idle` is the file of a module that does nothing. */
export function variants(backends: Backends, peers: readonly Peer[], idle: string): Variant[] {
  const ports = portsOf(backends.plain).slice(0, 4);
  const text = (...kinds: { balancer: LoadBalancer; from: readonly number[] }[]) =>
    yamlText(manifests(kinds.map(({ balancer, from }) => ({ loadBalancer: balancer, ports: from }))));
  const byHeader = text({ balancer: header, from: ports });
  const byCookie = text({ balancer: cookie, from: ports });
  const plain = text({ balancer: none, from: ports });
  const beside = text({ balancer: none, from: ports }, { balancer: header, from: ports });
  const byLoad = (backend: RawBackend) => text({ balancer: utilization, from: portsOf(backend) });
  const all = text(
    ...Array.from({ length: many }, (_, i) => ({
      balancer: header,
      from: fourOf(portsOf(backends.plain), i),
    })),
  );

  const cookieRequests = keys.map((key) => request(0, `cookie: theme=dark; session=${key}; lang=en`));
  const manyRequests = keys.map((key, i) => request((i * 7) % many, `foobar: ${key}`));
  const ours = translate(byHeader, 'filter');
  const hosts = firstHosts(ours);
  const lua = (stripped: readonly string[]) => withLua(ours, luaPick({ hosts, header: 'foobar', stripped }));
  const one = (
    name: string,
    note: string,
    bootstrap: Bootstrap,
    requests: readonly Buffer[] = headerRequests,
    baseline?: string,
  ): Variant => ({ name, note, bootstrap, requests, ...(baseline === undefined ? {} : { baseline }) });

  return [
    one(reference, 'engine native: hash policy on a header, four hosts', translate(byHeader, 'native')),
    one('Loadstar, header key', 'pick and strip; one policy, loadstar-pick.wasm', ours),
    one('Loadstar, header key, whole module', 'the same by loadstar.wasm', withModule(ours, wasmFile)),
    one('Lua, header key', 'the same pick in Lua, in the place of ours; strip is native', lua([])),
    one(
      'Lua, header key, strips itself',
      'the response header removed by the script too',
      lua(['x-loadstar-host']),
    ),
    one(
      'the rest without a filter',
      'early removal, strip and session, which Envoy does',
      withoutFilter(ours),
    ),
    one(
      'a module that does nothing',
      'no callback at all, in the place of ours',
      withPeer(ours, { name: 'nothing', file: idle, configuration: '' }),
    ),
    ...peers.map((peer) => one(peer.name, `${peer.file}, in the place of ours`, withPeer(ours, peer))),
    one('native Maglev, cookie', 'engine native', translate(byCookie, 'native'), cookieRequests),
    one(
      'Loadstar, cookie key',
      'the request brings the cookie, among others',
      translate(byCookie, 'filter'),
      cookieRequests,
      'native Maglev, cookie',
    ),
    one(
      'native Maglev, hosts report',
      'engine native; nothing reads the reports',
      translate(text({ balancer: header, from: portsOf(backends.good) }), 'native'),
    ),
    one(
      'Loadstar, sticky until hot',
      'requests in flight counted, reports read, by loadstar.wasm',
      translate(text({ balancer: sticky, from: portsOf(backends.good) }), 'filter'),
      headerRequests,
      'native Maglev, hosts report',
    ),
    one(
      `native Maglev, ${many} policies`,
      'engine native; requests over all of them',
      translate(all, 'native'),
      manyRequests,
    ),
    one(
      `Loadstar, ${many} policies`,
      'one filter entry, requests over all policies, a host set each',
      translate(all, 'filter'),
      manyRequests,
      `native Maglev, ${many} policies`,
    ),
    one('native, no policy', 'engine native', translate(plain, 'native')),
    one(
      'Loadstar, route without policy',
      'beside a route with one',
      translate(beside, 'filter'),
      headerRequests,
      'native, no policy',
    ),
    one(
      'native CSWRR',
      'engine native, reports that Envoy takes',
      translate(byLoad(backends.good), 'native'),
    ),
    one(
      'Loadstar, good reports',
      'reports read and left alone, stripped on the way out; loadstar-report.wasm',
      translate(byLoad(backends.good), 'filter'),
      headerRequests,
      'native CSWRR',
    ),
    one(
      'Loadstar, reports repaired',
      'reports that Envoy refuses, rewritten for each response',
      translate(byLoad(backends.broken), 'filter'),
      headerRequests,
      'native CSWRR',
    ),
  ];
}

/**
 * Four different ports of those given; the i-th set of them, all sets different for i below 1820 at 16 ports.
 */
function fourOf(ports: readonly number[], i: number): number[] {
  let at = 0;
  for (let a = 0; a < ports.length; a++)
    for (let b = a + 1; b < ports.length; b++)
      for (let c = b + 1; c < ports.length; c++)
        for (let d = c + 1; d < ports.length; d++)
          if (at++ === i) return [ports[a]!, ports[b]!, ports[c]!, ports[d]!];
  throw new RangeError(`no set of four number ${i} among ${ports.length} ports`);
}
