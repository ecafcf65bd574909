/**
 * Stands in for who runs the Envoys of a cluster: each Gateway of a class gets one, on a machine of its own,
 * that starts with what `loadstar bootstrap` prints, and a Service whose load balancer has its address.
 */
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { envoyBinary } from '../../support/binary.ts';
import { end } from '../../support/children.ts';
import { cli } from '../../support/translate.ts';
import type { Api, Resource } from './api.ts';
import { Followed } from './follow.ts';
import { NETWORK, type Network } from './network.ts';

/** By which `serve` knows the Services of a Gateway. */
const OF_GATEWAY = 'gateway.networking.k8s.io/gateway-name';

interface Options {
  readonly network: Network;
  /** For bootstraps and logs. */
  readonly folder: string;
  readonly className: string;
  /** Of `serve`. */
  readonly xds: string;
}
interface Edge {
  readonly address: string;
  readonly envoy: ChildProcess;
}

export class Edges {
  readonly #api: Api;
  readonly #options: Options;
  /** By uid of the Gateway. */
  readonly #edges = new Map<string, Promise<Edge | undefined>>();
  #followed: Followed | undefined;

  constructor(api: Api, options: Options) {
    this.#api = api;
    this.#options = options;
  }

  async start(): Promise<void> {
    const path = '/apis/gateway.networking.k8s.io/v1/gateways';
    this.#followed = await Followed.start(this.#api, path, (gateway, gone) => this.#seen(gateway, gone));
  }

  async stop(): Promise<void> {
    this.#followed?.stop();
    for (const edge of await Promise.all(this.#edges.values()))
      if (edge !== undefined) await end(edge.envoy, 0);
  }

  #seen(gateway: Resource, gone: boolean): void {
    const uid = gateway.metadata.uid!;
    const edge = this.#edges.get(uid);
    if (gone) {
      this.#edges.delete(uid);
      void edge?.then((one) => one && end(one.envoy, 0));
    } else if (edge === undefined && gateway.spec.gatewayClassName === this.#options.className) {
      this.#edges.set(
        uid,
        this.#make(gateway).catch((error) => {
          // One that was removed while its Envoy began wants none.
          if (this.#edges.has(uid)) process.stderr.write(`Gateway ${gateway.metadata.name}: ${error}\n`);
          return undefined;
        }),
      );
    }
  }

  async #make(gateway: Resource): Promise<Edge> {
    const { network, folder, xds } = this.#options;
    const { namespace, name } = gateway.metadata;
    const wanted = ((gateway.spec.addresses ?? []) as { value?: string }[]).map(({ value }) => value);
    const address = wanted.find((one) => one?.startsWith(NETWORK)) ?? network.freeAddress();
    const id = `${namespace}.${name}`;
    const made = await cli([
      ...['bootstrap', '--xds', xds, '--node', id, '--gateway', `${namespace}/${name}`, '--format', 'json'],
    ]);
    if (made.code !== 0) throw new Error(made.stderr);
    const config = join(folder, `${id}.json`);
    writeFileSync(config, made.stdout);
    const log = ['--log-path', join(folder, `${id}.log`), '--log-level', 'warning'];
    const command = [
      await envoyBinary(),
      '-c',
      config,
      '--disable-hot-restart',
      '--concurrency',
      '1',
      ...log,
    ];
    const envoy = await network.start(address, command, {});
    try {
      await this.#announce(gateway, address);
    } catch (error) {
      // The Gateway is gone already.
      await end(envoy, 0);
      throw error;
    }
    return { address, envoy };
  }

  async #announce({ apiVersion, kind, metadata }: Resource, address: string): Promise<void> {
    const { namespace, name, uid } = metadata;
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: `${name}-envoy`, namespace } };
    await this.#api.apply({
      ...service,
      metadata: {
        ...service.metadata,
        labels: { [OF_GATEWAY]: name },
        ownerReferences: [{ apiVersion, kind, name, uid }],
      },
      spec: { type: 'LoadBalancer', ports: [{ name: 'http', port: 80 }] },
    });
    await this.#api.applyStatus({ ...service, status: { loadBalancer: { ingress: [{ ip: address }] } } });
  }
}
