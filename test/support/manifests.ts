/**
 * Manifests for tests with a real Envoy, on the backends that a test has started: one gateway, services,
 * routes by path prefix, policies.
 */
import type { Backend } from '../../demo/fakes/backend.ts';
import * as build from '../../demo/fakes/manifests.ts';

export type Manifest = Readonly<Record<string, unknown>>;

/** Port of the gateway as written; the Envoy fixture binds another one. */
export const gatewayPort = 8080;

export const gateway = (): Manifest[] => [
  build.gatewayClass,
  build.gateway('eg', [build.listener('http', gatewayPort)]),
];

/** Service port 3000 on the given hosts, which share one port (see startBackends). */
export function service(
  name: string,
  hosts: readonly Pick<Backend, 'address' | 'port'>[],
  more: { readonly appProtocol?: string } = {},
): Manifest[] {
  const port = { name: 'http', protocol: 'TCP', port: hosts[0]?.port ?? 3000, ...more };
  const endpoints = hosts.map(({ address }) => ({ addresses: [address], conditions: { ready: true } }));
  return [
    build.service(name, more),
    {
      ...build.slice(`${name}-1`, name, endpoints),
      addressType: hosts[0]?.address.includes(':') ? 'IPv6' : 'IPv4',
      ports: [port],
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

export const httpRoute = ({
  name,
  path = `/${name}`,
  backends = { backend: 1 },
  filters,
}: RouteOptions): Manifest =>
  build.httpRoute(name, [
    build.rule(path, {
      filters,
      backendRefs: Object.entries(backends).map(([to, weight]) => build.ref(to, { weight })),
    }),
  ]);

export const grpcRoute = (name: string, service: string, backend = 'backend'): Manifest =>
  build.grpcRoute(name, [{ matches: [{ method: { service } }], backendRefs: [build.ref(backend)] }]);

/** A BackendTrafficPolicy on a route; `spec`: the fields other than targetRefs. */
export const policy = (route: string, spec: Manifest, kind = 'HTTPRoute'): Manifest =>
  build.policy(`${route}-policy`, [build.target(kind, route)], spec);

/** The policy, sticky until hot. `more`: other annotations of ours, named without `loadstar/`. */
export const untilHot = (
  made: Manifest,
  target = '0.5',
  more: Readonly<Record<string, string>> = {},
): Manifest => {
  const named = Object.entries({ 'utilization-target': target, ...more });
  const annotations = Object.fromEntries(named.map(([name, value]) => [`loadstar/${name}`, value]));
  return { ...made, metadata: { ...(made.metadata as object), annotations } };
};

export const consistentHash = (consistentHash: Manifest): Manifest =>
  build.lb('ConsistentHash', { consistentHash });

/**
 * An active health check of a policy that sees within some 100 ms what became of a host. Envoy's way back is
 * as short.
 */
export const quickCheck = (path: string, interval = '100ms'): Manifest => ({
  active: {
    type: 'HTTP',
    // On a busy machine an answer takes its time.
    timeout: '5s',
    interval,
    unhealthyThreshold: 1,
    healthyThreshold: 1,
    http: { path, expectedStatuses: [200] },
  },
});

export { render } from '../../demo/fakes/manifests.ts';

/** A ClientTrafficPolicy on the Gateway `eg`, or on one of its listeners. */
export const clientPolicy = (spec: Manifest, sectionName?: string, name = 'clients'): Manifest =>
  build.clientTrafficPolicy(name, [build.target('Gateway', 'eg', sectionName)], spec);
