/** Objects of a small cluster, and one that is followed at a fake API server. */
import type { Access } from '../../../host/kubernetes/access.ts';
import { ApiClient } from '../../../host/kubernetes/client.ts';
import { Cluster, type ClusterOptions } from '../../../host/kubernetes/cluster-source.ts';
import { eventually } from '../../support/eventually.ts';
import type { FakeApiServer } from '../../support/fake-api-server.ts';
import type { Manifest } from '../../support/fake-objects.ts';

export const CONTROLLER = 'loadstar.dev/gateway-controller';
const GATEWAY = 'gateway.networking.k8s.io/v1';
const named = (name: string, namespace?: string, more: Manifest = {}) => ({
  metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...more },
});

export const gatewayClass = (name = 'loadstar', controllerName = CONTROLLER): Manifest => ({
  ...{ apiVersion: GATEWAY, kind: 'GatewayClass', ...named(name) },
  spec: { controllerName },
});
export const gateway = (name = 'eg', gatewayClassName = 'loadstar', namespace = 'default'): Manifest => ({
  ...{ apiVersion: GATEWAY, kind: 'Gateway', ...named(name, namespace) },
  spec: { gatewayClassName, listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }] },
});
export const route = (name = 'shop', parent = 'eg', backend = 'shop'): Manifest => ({
  ...{ apiVersion: GATEWAY, kind: 'HTTPRoute', ...named(name, 'default') },
  spec: { parentRefs: [{ name: parent }], rules: [{ backendRefs: [{ name: backend, port: 80 }] }] },
});
export const service = (name = 'shop'): Manifest => ({
  ...{ apiVersion: 'v1', kind: 'Service', ...named(name, 'default') },
  spec: { ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] },
});
export const slice = (addresses: readonly string[], name = 'shop'): Manifest => ({
  ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
  ...named(`${name}-1`, 'default', { labels: { 'kubernetes.io/service-name': name } }),
  addressType: 'IPv4',
  ports: [{ port: 8080, protocol: 'TCP' }],
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
});
export const shop: readonly Manifest[] = [
  gatewayClass(),
  gateway(),
  route(),
  service(),
  slice(['10.0.0.1', '10.0.0.2']),
];

export interface World {
  readonly fake: FakeApiServer;
  readonly lines: string[];
  /** Times that a change was told. */
  changes: number;
  cluster: Cluster;
}

/** With quick pauses. */
export async function follow(
  fake: FakeApiServer,
  options: Partial<ClusterOptions> = {},
  access: Partial<Access> = {},
): Promise<World> {
  const lines: string[] = [];
  const client = new ApiClient({
    server: new URL(fake.url),
    tls: {},
    token: async () => undefined,
    namespace: 'default',
    ...access,
  });
  const cluster = await Cluster.follow(client, {
    controller: CONTROLLER,
    namespaces: [],
    // The fake has few kinds.
    say: (line) => line.includes('not there') || lines.push(line),
    debounceMs: 5,
    discoverMs: 20,
    backOffMs: 5,
    ...options,
  });
  const world: World = { fake, lines, changes: 0, cluster };
  cluster.relevant([]);
  cluster.tell(() => {
    world.changes++;
  });
  return world;
}

export const titlesOf = ({ cluster }: World): string[] =>
  cluster.relevant([]).documents.map(({ file }) => file);

/** Until the input has the object, or has it no more. */
export const seen = (world: World, title: string, there = true) =>
  eventually(
    `${title} is ${there ? '' : 'not '}there`,
    () => {
      if (titlesOf(world).includes(title) !== there) throw new Error(titlesOf(world).join(', '));
    },
    10_000,
    5,
  );
