/** Sticky until hot on a real Envoy: four hosts, a policy for each route, and what Envoy counts of them. */
import assert from 'node:assert/strict';
import { type Backend, type Reply, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1, type Response } from '../../demo/fakes/http1.ts';
import { calm } from './calm.ts';
import { inParallel } from './engines.ts';
import { Envoy } from './envoy.ts';
import { eventually } from './eventually.ts';
import { gateway, type Manifest, policy, quickCheck, service, untilHot } from './manifests.ts';
import { translate } from './translate.ts';

const addresses = [1, 2, 3, 4].map((n) => `127.0.0.${20 + n}`);
export const clusterOf = (route: string) => `httproute/default/${route}/rule/0`;

export const sticky = (route: string, annotations: Readonly<Record<string, string>> = {}): Manifest => {
  const made = policy(route, {
    loadBalancer: {
      type: 'ConsistentHash',
      consistentHash: { type: 'Headers', headers: [{ name: 'x-user' }], tableSize: 1021 },
    },
    healthCheck: quickCheck('/health', '200ms'),
  });
  return untilHot(made, '0.5', annotations);
};

export let backends: Backend[] = [];
export let envoy: Envoy;

/** At the same addresses, over HTTP/2, for a Service of its own. */
export const startHttp2Backends = (): Promise<Backend[]> => startBackends(addresses, { protocol: 'h2c' });

export async function startWorld(...manifests: Manifest[]): Promise<void> {
  backends = await startBackends(addresses);
  envoy = await Envoy.start(
    await translate([...gateway(), ...service('backend', backends), ...manifests], 'filter'),
  );
}
export async function stopWorld(): Promise<void> {
  await envoy?.stop();
  await stopAll(backends);
}

/** What a backend answers to all but health checks, which are always fine and fast. */
export const answers = (backend: Backend, reply: () => Reply): void => {
  backend.reply = ({ path }) => (path === '/health' ? {} : reply());
};
export const quiet = (hosts: readonly Backend[] = backends): void => {
  for (const backend of hosts) answers(backend, () => ({}));
};

export const key = (n: number): readonly [string, string] => ['x-user', `user-${n}`];
export const get = (route: string, n: number, agent = connections(1)) =>
  http1({ port: envoy.port(), path: `/${route}`, headers: [key(n)], agent });

/**
 * Where connections were broken, a host may have failed a health check. Workers hear that it is well again up
 * to a second later than the admin interface says so (Envoy's update_merge_window), and then it begins with
 * half of its keys.
 */
export const allServe = (route: string): Promise<void> =>
  eventually(`every host of ${route} has all its keys`, async () => {
    const hosts = new Set<string>();
    for (let n = 0; n < 40; n++) hosts.add(backendOf(await get(route, n)));
    assert.equal(hosts.size, backends.length);
    assert.deepEqual(
      await gauge('shed_permille', route),
      backends.map(() => 0),
    );
  });

export async function gauge(what: string, route: string, hosts = backends): Promise<number[]> {
  const stats = await envoy.admin.filterStats();
  const name = (host: Backend) => `loadstar_host_${what}.cluster.${clusterOf(route)}.host.${host.host}`;
  return hosts.map((host) => stats[name(host)] ?? Number.NaN);
}

export const keys = 300;
/** One request of each key, three at a time: so many a host may always have. */
export async function answersOf<T>(route: string, read: (answer: Response) => T): Promise<T[]> {
  const agent = connections(3);
  const numbers = Array.from({ length: keys }, (_, n) => n);
  const all = await inParallel(numbers, 3, async (n) => read(await get(route, n, agent)));
  agent.destroy();
  return all;
}
export const hostsOf = (route: string): Promise<string[]> => answersOf(route, backendOf);
/** `round` as in `calm`, of this Envoy. */
export const calmly = <T>(round: () => Promise<T>): Promise<T> => calm(envoy.admin, round);
