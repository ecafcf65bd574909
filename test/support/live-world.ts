/** Manifests of a shop at one listener, with what a test changes in them while it runs. */
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import * as build from '../../demo/fakes/manifests.ts';
import { consistentHash, type Manifest, policy, service, untilHot } from './manifests.ts';

export const byHeader = (name = 'x-key'): Manifest => consistentHash({ type: 'Header', header: { name } });

export interface Change {
  /** Of /cart; the first three if absent. */
  readonly hosts?: readonly Backend[];
  /** Of /cart: this one terminates. */
  readonly drains?: Backend;
  /** Fields of the rule for /cart. */
  readonly rule?: build.Manifest;
  /** Path prefixes of rules before that of /cart; they lead to the other hosts. */
  readonly before?: readonly string[];
  /** Of the route; null: none. */
  readonly policy?: Manifest | null;
  /** Its policy is sticky until hot. */
  readonly sticky?: boolean;
  readonly listeners?: readonly build.Manifest[];
  /** Fields of the port of the Service. */
  readonly service?: { readonly appProtocol?: string };
  readonly more?: readonly Manifest[];
}

/** A route `shop` with /cart (hosts by their keys) and a route `other` with /other, at one listener. */
export class World {
  readonly port: number;
  readonly hosts: readonly Backend[];
  readonly others: readonly Backend[];

  private constructor(port: number, hosts: readonly Backend[], others: readonly Backend[]) {
    this.port = port;
    this.hosts = hosts;
    this.others = others;
  }

  /** @param port Of the listener. @param protocol What the hosts of /cart speak. */
  static async start(port: number, protocol?: 'http1' | 'either'): Promise<World> {
    const hosts = await startBackends(
      [11, 12, 13, 14].map((last) => `127.0.0.${last}`),
      { protocol },
    );
    const named = await startBackends(['127.0.0.21', '127.0.0.22'], { name: 'other' });
    return new World(port, hosts, named);
  }

  get backends(): readonly Backend[] {
    return [...this.hosts, ...this.others];
  }

  stop(): Promise<void> {
    return stopAll(this.backends);
  }

  listener(name = 'http', port = this.port): build.Manifest {
    return build.listener(name, port);
  }

  manifests(change: Change = {}): Manifest[] {
    const { hosts = this.hosts.slice(0, 3), before = [], listeners = [this.listener()] } = change;
    const toOthers = { backendRefs: [build.ref('other')] };
    return [
      build.gatewayClass,
      build.gateway('eg', [...listeners]),
      ...service('backend', hosts, change.service).map((one) => terminating(one, change.drains)),
      ...service('other', this.others),
      build.httpRoute('shop', [
        ...before.map((path) => build.rule(path, toOthers)),
        build.rule('/cart', change.rule),
      ]),
      build.httpRoute('other', [build.rule('/other', toOthers)]),
      ...(change.policy === null ? [] : [made(change)]),
      ...(change.more ?? []),
    ];
  }
}

/** Routes /many-0 and so on, to pools of their own that the filter picks in; the hosts are of `to`. */
export const manyRoutes = (count: number, to = 'backend'): Manifest[] =>
  Array.from({ length: count }, (_, i) => `many-${i}`).flatMap((name) => [
    build.httpRoute(name, [build.rule(`/${name}`, { backendRefs: [build.ref(to)] })]),
    policy(name, byHeader()),
  ]);

function made({ policy: spec, sticky = false }: Change): Manifest {
  const plain = policy('shop', spec ?? byHeader());
  return sticky ? untilHot(plain, '0.8') : plain;
}

function terminating(manifest: Manifest, host: Backend | undefined): Manifest {
  const endpoints = manifest.endpoints as readonly { addresses: string[] }[] | undefined;
  if (endpoints === undefined || host === undefined) return manifest;
  const conditions = { ready: false, serving: true, terminating: true };
  return {
    ...manifest,
    endpoints: endpoints.map((one) => (one.addresses[0] === host.address ? { ...one, conditions } : one)),
  };
}
