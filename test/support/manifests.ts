/**
 * Manifests for tests, as objects with the API's own field names (JSON is YAML): one gateway, services on the backends a test
 * has started, routes by path prefix, policies. Defaults are the documents' names: `eg`, `www.example.com`, `default`.
 */
import type { Backend } from './backend.ts';

export type Manifest = Readonly<Record<string, unknown>>;

/** Port of the gateway as written; the Envoy fixture binds another one. */
export const gatewayPort = 8080;

export const gateway = (): Manifest[] => [
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'eg' },
    spec: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'eg', namespace: 'default' },
    spec: { gatewayClassName: 'eg', listeners: [{ name: 'http', protocol: 'HTTP', port: gatewayPort }] },
  },
];

/** Service port 3000 on the given hosts, which share one port (see startBackends). */
export function service(
  name: string,
  hosts: readonly Pick<Backend, 'address' | 'port'>[],
  more: { readonly appProtocol?: string } = {},
): Manifest[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default' },
      spec: { selector: { app: name }, ports: [{ name: 'http', port: 3000, ...more }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
      addressType: hosts[0]?.address.includes(':') ? 'IPv6' : 'IPv4',
      ports: [{ name: 'http', protocol: 'TCP', port: hosts[0]?.port ?? 3000, ...more }],
      endpoints: hosts.map((host) => ({ addresses: [host.address], conditions: { ready: true } })),
    },
  ];
}

export interface RouteOptions {
  readonly name: string;
  /** Path prefix; default `/<name>`. */
  readonly path?: string;
  /** Service → weight; default `backend` alone. */
  readonly backends?: Readonly<Record<string, number>>;
  readonly filters?: readonly Manifest[];
}

export const httpRoute = (options: RouteOptions): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: options.name, namespace: 'default' },
  spec: {
    parentRefs: [{ name: 'eg' }],
    hostnames: ['www.example.com'],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: options.path ?? `/${options.name}` } }],
        ...(options.filters === undefined ? {} : { filters: options.filters }),
        backendRefs: Object.entries(options.backends ?? { backend: 1 }).map(([name, weight]) => ({
          name,
          port: 3000,
          weight,
        })),
      },
    ],
  },
});

export const grpcRoute = (name: string, service: string, backend = 'backend'): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GRPCRoute',
  metadata: { name, namespace: 'default' },
  spec: {
    parentRefs: [{ name: 'eg' }],
    hostnames: ['www.example.com'],
    rules: [{ matches: [{ method: { service } }], backendRefs: [{ name: backend, port: 3000 }] }],
  },
});

/** A BackendTrafficPolicy on a route; `spec` is what stands beside targetRefs. */
export const policy = (route: string, spec: Manifest, kind = 'HTTPRoute'): Manifest => ({
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'BackendTrafficPolicy',
  metadata: { name: `${route}-policy`, namespace: 'default' },
  spec: { targetRefs: [{ group: 'gateway.networking.k8s.io', kind, name: route }], ...spec },
});

export const consistentHash = (consistentHash: Manifest): Manifest => ({
  loadBalancer: { type: 'ConsistentHash', consistentHash },
});

export const render = (manifests: readonly Manifest[]): string =>
  manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n');
