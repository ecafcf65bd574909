/**
 * Stands in for a node: takes every pod, runs its first container as a process on a machine of its own in the
 * test's network, and says in the pod's status what became of it. Deployments, ReplicaSets and EndpointSlices
 * are the real controllers' work.
 */
import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { end } from '../../support/children.ts';
import { sleep } from '../../support/eventually.ts';
import type { Api, Resource } from './api.ts';
import { Followed } from './follow.ts';
import { answersAt, type Container, containerOf, type Image } from './image.ts';
import { Logs } from './logs.ts';
import { HOST, type Network } from './network.ts';

const NODE = 'node-1';
/** Where the API server asks for what pods have written. */
const PORT = 10250;

interface Running {
  readonly address: string;
  readonly container: Container;
  readonly child: ChildProcess;
}

export class Kubelet {
  readonly #api: Api;
  readonly #network: Network;
  readonly #folder: string;
  readonly #images: readonly Image[];
  readonly #logs = new Logs();
  /** By uid of the pod; what has begun is never begun again. */
  readonly #pods = new Map<string, Promise<Running | undefined>>();
  #followed: Followed | undefined;

  /** @param folder For the files of volumes. */
  constructor(api: Api, network: Network, folder: string, images: readonly Image[]) {
    this.#api = api;
    this.#network = network;
    this.#folder = folder;
    this.#images = images;
  }

  async start(): Promise<void> {
    await this.#logs.serve(HOST, PORT);
    await this.#api.apply({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: NODE, labels: { 'topology.kubernetes.io/zone': 'zone-1' } },
    });
    await this.#api.applyStatus({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: NODE },
      status: {
        conditions: [condition('Ready')],
        capacity: { pods: '500', cpu: '64', memory: '64Gi' },
        addresses: [{ type: 'InternalIP', address: HOST }],
        daemonEndpoints: { kubeletEndpoint: { Port: PORT } },
      },
    });
    this.#followed = await Followed.start(this.#api, '/api/v1/pods', (pod, gone) => this.#seen(pod, gone));
  }

  async stop(): Promise<void> {
    this.#followed?.stop();
    this.#followed?.items.clear();
    this.#logs.stop();
    const all = await Promise.all(this.#pods.values());
    await Promise.all(all.map((running) => running && end(running.child)));
  }

  #seen(pod: Resource, gone: boolean): void {
    const uid = pod.metadata.uid!;
    if (gone || pod.metadata.deletionTimestamp !== undefined) {
      const running = this.#pods.get(uid);
      this.#pods.set(uid, Promise.resolve(undefined));
      void this.#end(pod, running, gone).catch((error) => say(pod, error));
    } else if (!this.#pods.has(uid)) {
      this.#pods.set(
        uid,
        this.#run(pod).catch((error) => say(pod, error)),
      );
    }
  }

  async #run(pod: Resource): Promise<Running | undefined> {
    const { namespace, name } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    if (pod.spec.nodeName === undefined)
      await this.#api.ask('POST', `${path}/binding`, {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name },
        target: { apiVersion: 'v1', kind: 'Node', name: NODE },
      });
    const address = this.#network.freeAddress();
    const container = await containerOf(this.#api, pod, {
      address,
      folder: this.#folder,
      images: this.#images,
    });
    const child = await this.#network.start(address, container.command, container.env);
    this.#logs.follow(`${namespace}/${name}`, child);
    child.once('exit', () => {
      const known = this.#followed?.items.get(pod.metadata.uid!);
      if (known !== undefined && known.metadata.deletionTimestamp === undefined)
        say(pod, `it ended: ${this.#logs.of(`${namespace}/${name}`).slice(-4_000)}`);
    });
    try {
      if (container.port !== undefined) await answersAt(address, container.port);
      await this.#ready(pod, address);
    } catch (error) {
      await end(child, 0);
      throw error;
    }
    return { address, container, child };
  }

  async #end(pod: Resource, started: Promise<Running | undefined> | undefined, gone: boolean): Promise<void> {
    const running = await started;
    const { namespace, name, deletionGracePeriodSeconds = 30, uid } = pod.metadata;
    if (running !== undefined) {
      if (!gone) await sleep(running.container.preStopMs);
      await end(running.child, Math.max(deletionGracePeriodSeconds, 1) * 1000);
      rmSync(running.container.folder, { recursive: true, force: true });
    }
    this.#logs.forget(`${namespace}/${name}`);
    if (gone) this.#pods.delete(uid!);
    else
      await this.#api.delete(`/api/v1/namespaces/${namespace}/pods/${name}`, {
        gracePeriodSeconds: 0,
        preconditions: { uid },
      });
  }

  async #ready(pod: Resource, address: string): Promise<void> {
    const { namespace, name } = pod.metadata;
    const status = {
      phase: 'Running',
      podIP: address,
      podIPs: [{ ip: address }],
      hostIP: HOST,
      conditions: ['Initialized', 'PodScheduled', 'ContainersReady', 'Ready'].map(condition),
    };
    await this.#api.patch(`/api/v1/namespaces/${namespace}/pods/${name}/status`, { status });
  }
}

const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: new Date().toISOString() });

const say = (pod: Resource, error: unknown): undefined => {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`pod ${pod.metadata.namespace}/${pod.metadata.name}: ${reason}\n`);
};
