/**
 * Three Envoys on one machine under load, each with a Gateway at an address of its own, and two servers that
 * read the same folder. At the end no request may have failed.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import * as build from '../../demo/fakes/manifests.ts';
import { freePort } from '../../demo/fakes/ports.ts';
import { SteadyLoad } from '../../demo/fakes/steady-load.ts';
import type { FleetStatus } from '../../host/fleet/fleet-status.ts';
import type { Envoy } from './envoy.ts';
import { eventually } from './eventually.ts';
import { killEnvoy, ServeProcess, startEdge } from './fleet.ts';
import { byHeader } from './live-world.ts';
import { type Manifest, policy, render, service } from './manifests.ts';

export const EDGES = [1, 2, 3] as const;
const RATE = 60;

export interface FleetChange {
  /** Of the shop; the first three if absent. */
  readonly hosts?: readonly Backend[];
  /** Path prefixes that lead to the shop beside /cart. */
  readonly paths?: readonly string[];
  /** The name of a second listener at each Gateway, which has no load. */
  readonly second?: string;
}

export class FleetWorld {
  readonly folder: string;
  readonly port: number;
  readonly hosts: readonly Backend[];
  readonly servers: readonly ServeProcess[];
  readonly edges: Envoy[];
  readonly loads: readonly SteadyLoad[];

  private constructor(
    folder: string,
    port: number,
    hosts: readonly Backend[],
    servers: readonly ServeProcess[],
    edges: Envoy[],
  ) {
    this.folder = folder;
    this.port = port;
    this.hosts = hosts;
    this.servers = servers;
    this.edges = edges;
    this.loads = EDGES.map(
      (edge) => new SteadyLoad({ address: addressOf(edge), port, paths: ['/cart'], rate: RATE }),
    );
  }

  static async start(port: number): Promise<FleetWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'loadstar-fleet-'));
    const hosts = await startBackends([51, 52, 53, 54].map((last) => `127.0.0.${last}`));
    const servers: ServeProcess[] = [];
    const edges: Envoy[] = [];
    try {
      writeFileSync(join(folder, 'all.yaml'), render(fleetManifests(port, hosts)));
      for (const _ of [1, 2])
        servers.push(await ServeProcess.start(`127.0.0.1:${await freePort()}`, ['-f', folder]));
      for (const edge of EDGES) edges.push(await edgeOf(edge, servers));
      return new FleetWorld(folder, port, hosts, servers, edges);
    } catch (error) {
      for (const one of [...edges.map((edge) => edge.stop()), ...servers.map((one) => one.end())]) await one;
      await stopAll(hosts);
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  manifests(change: FleetChange = {}): Manifest[] {
    return fleetManifests(this.port, this.hosts, change);
  }

  /** Replaces the input in one step. */
  write(manifests: readonly Manifest[] | string): void {
    const path = join(this.folder, 'all.yaml');
    writeFileSync(`${path}.tmp`, typeof manifests === 'string' ? manifests : render(manifests));
    renameSync(`${path}.tmp`, path);
  }

  /** Writes, and waits until all three Envoys have it. */
  async change(change: FleetChange, servers = this.servers): Promise<void> {
    const before = new Map((await this.served(servers)).map(({ gateway, serves }) => [gateway, serves]));
    this.write(this.manifests(change));
    const read = async () => {
      for (const { gateway, serves } of await this.served(servers))
        assert.notEqual(serves, before.get(gateway), gateway);
    };
    await eventually('the servers have read it', read, 90_000, 10);
    await this.current(servers);
  }

  async served(servers = this.servers): Promise<FleetStatus['groups']> {
    return (await Promise.all(servers.map((server) => server.status()))).flatMap(({ groups }) => groups);
  }

  /** Waits until every Envoy is at one of the servers, and has what is served. */
  async current(servers = this.servers, edges: readonly number[] = EDGES): Promise<void> {
    const all = async () => {
      const found = await Promise.all(servers.map((server) => server.status()));
      assert.deepEqual(
        found
          .flatMap(({ envoys }) => envoys)
          .map(({ id, current }) => `${id} ${current}`)
          .sort(),
        edges.map((edge) => `edge-${edge} true`),
      );
    };
    await eventually('all are current', all, 90_000, 10);
  }

  /** The server that has this Envoy. */
  async serverOf(edge: number): Promise<ServeProcess> {
    for (const server of this.servers) {
      const status = await server.status().catch(() => undefined);
      if (status?.envoys.some(({ id }) => id === `edge-${edge}`)) return server;
    }
    throw new Error(`no server has edge-${edge}`);
  }

  async kill(edge: number): Promise<void> {
    await killEnvoy(this.edges[edge - 1]!);
  }

  async restart(edge: number): Promise<void> {
    this.edges[edge - 1] = await edgeOf(edge, this.servers);
  }

  /** Some more requests at every Envoy. */
  async steady(count = 30): Promise<void> {
    const from = this.loads.map(({ shots }) => shots.length);
    await eventually('requests', () => {
      const few = this.loads.filter(({ shots }, i) => shots.length < from[i]! + count);
      if (few.length > 0) throw new Error(`not yet at ${few.length} of the Envoys`);
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.loads.map((load) => load.stop()));
    await Promise.all([...this.edges.map((edge) => edge.stop()), ...this.servers.map((one) => one.end())]);
    await stopAll(this.hosts);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const addressOf = (edge: number): string => `127.0.0.${60 + edge}`;

const edgeOf = (edge: number, servers: readonly ServeProcess[]): Promise<Envoy> =>
  startEdge(
    `edge-${edge}`,
    servers.map(({ address }) => address),
    ['--gateway', `default/edge-${edge}`],
  );

function fleetManifests(port: number, hosts: readonly Backend[], change: FleetChange = {}): Manifest[] {
  const { paths = [], second } = change;
  const listeners = [
    build.listener('http', port),
    ...(second === undefined ? [] : [build.listener(second, port + 1)]),
  ];
  return [
    build.gatewayClass,
    ...EDGES.map((edge) => {
      const gateway = build.gateway(`edge-${edge}`, listeners);
      const addresses = [{ type: 'IPAddress', value: addressOf(edge) }];
      return { ...gateway, spec: { ...gateway.spec, addresses } };
    }),
    ...service('backend', change.hosts ?? hosts.slice(0, 3)),
    build.httpRoute(
      'shop',
      ['/cart', ...paths].map((path) => build.rule(path)),
      { parentRefs: EDGES.map((edge) => ({ name: `edge-${edge}` })) },
    ),
    policy('shop', byHeader()),
  ];
}
