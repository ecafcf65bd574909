/** A cluster for a test: the real control plane, the CRDs, a node that is stood in for, and a network. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { eventually } from '../../support/eventually.ts';
import { Api, type Resource } from './api.ts';
import { ControlPlane } from './control-plane.ts';
import { type Crds, crdsPath, programPath } from './files.ts';
import type { Image } from './image.ts';
import { Kubelet } from './kubelet.ts';
import { Network } from './network.ts';

/** A DNS server that has no error for any question, and nothing to say. */
const DNS = `require('node:dgram').createSocket('udp4').on('message', function (message, { port, address }) {
  message[2] |= 0x80;
  this.send(message, port, address);
}).bind(53)`;
/** The Gateway API's own backend, and what stands for the DNS server that one of its tests asks. */
const IMAGES = (): readonly Image[] => [
  {
    prefix: 'registry.k8s.io/gateway-api/echo-basic',
    command: [programPath('echo-basic')],
    port: ({ UDP_ECHO_SERVER }) => (UDP_ECHO_SERVER === undefined ? 3000 : undefined),
  },
  { prefix: 'registry.k8s.io/coredns/coredns', command: [process.execPath, '-e', DNS, '--'] },
];

export class Cluster {
  readonly network: Network;
  readonly control: ControlPlane;
  readonly kubelet: Kubelet;
  readonly folder: string;

  private constructor(network: Network, control: ControlPlane, kubelet: Kubelet, folder: string) {
    this.network = network;
    this.control = control;
    this.kubelet = kubelet;
    this.folder = folder;
  }

  /** @param only Of these kinds alone, in lower case and plural: all take a while to read. */
  static async start(crds: readonly Crds[], only?: readonly string[]): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), 'loadstar-cluster-'));
    const network = new Network();
    const control = await ControlPlane.start(folder).catch((error) => {
      network.remove();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    });
    const kubelet = new Kubelet(control.admin, network, folder, IMAGES());
    const cluster = new Cluster(network, control, kubelet, folder);
    try {
      for (const name of crds) await cluster.#define(crdsPath(name), only);
      await kubelet.start();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get api(): Api {
    return this.control.admin;
  }

  /** Every document, in order, by server-side apply. @param query Such as `dryRun=All`. */
  async apply(text: string, query = ''): Promise<Resource[]> {
    const done: Resource[] = [];
    for (const resource of documentsOf(text)) done.push(await this.api.apply(resource, 'test', query));
    return done;
  }

  /** A token of a service account, which is made if it is not there. */
  async tokenOf(namespace: string, name: string): Promise<string> {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } };
    await this.api.apply(account, 'token');
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const { status } = JSON.parse(await this.api.ask('POST', path, request)) as Resource;
    return status.token as string;
  }

  /** The API as a service account sees it. */
  async apiOf(namespace: string, name: string): Promise<Api> {
    return new Api(this.control.url, { ca: this.control.ca, token: await this.tokenOf(namespace, name) });
  }

  /** Waits until a controller has taken the GatewayClass. */
  async classAccepted(name: string): Promise<void> {
    const check = async () => {
      const { status } = await this.api.get(`/apis/gateway.networking.k8s.io/v1/gatewayclasses/${name}`);
      if (!isTrue('Accepted', status?.conditions)) throw new Error(JSON.stringify(status?.conditions));
    };
    await eventually(`GatewayClass ${name} is accepted`, check);
  }

  async stop(): Promise<void> {
    await this.kubelet.stop();
    await this.control.stop();
    this.network.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #define(folder: string, only?: readonly string[]): Promise<void> {
    const isWanted = (name: string) => only?.some((kind) => name.includes(`.io_${kind}.`)) ?? true;
    const names = readdirSync(folder).filter((name) => name.includes('.io_') && isWanted(name));
    for (const name of names) await this.apply(readFileSync(join(folder, name), 'utf8'));
    const check = async () => {
      const { items } = (await this.api.get(
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      )) as Resource;
      const not = (items as Resource[]).filter(({ status }) => !isTrue('Established', status.conditions));
      if (not.length > 0) throw new Error(not.map(({ metadata }) => metadata.name).join(', '));
    };
    await eventually('the CRDs are there', check);
  }
}

const isTrue = (type: string, conditions: readonly { type: string; status: string }[] = []): boolean =>
  conditions.some((one) => one.type === type && one.status === 'True');

const documentsOf = (text: string): Resource[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Resource | null)
    .filter((resource): resource is Resource => resource !== null);
