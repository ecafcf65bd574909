/**
 * Manifests for the bench: one Gateway, and per route a Service, its EndpointSlices, an HTTPRoute under a host name of its
 * own (`r0.example.com`, …: found by Envoy in one look-up, however many there are) and, unless it shall have none, a policy.
 */
import { stringify } from 'yaml';
import type { Json } from './types.ts';

export type LoadBalancer =
  | { readonly kind: 'header'; readonly name: string }
  /** By a header, sticky until hot. */
  | { readonly kind: 'sticky'; readonly name: string }
  | { readonly kind: 'cookie'; readonly name: string }
  | { readonly kind: 'utilization' }
  | { readonly kind: 'none' };

export interface RouteOptions {
  readonly loadBalancer: LoadBalancer;
  /** One EndpointSlice each, since a slice has one number for a port. */
  readonly ports: readonly number[];
}

const egGroup = 'gateway.envoyproxy.io';
const gatewayGroup = 'gateway.networking.k8s.io';

/** Documents in the order a person would write them. */
export function manifests(routes: readonly RouteOptions[]): Json[] {
  return [
    {
      apiVersion: `${gatewayGroup}/v1`,
      kind: 'GatewayClass',
      metadata: { name: 'eg' },
      spec: { controllerName: `${egGroup}/gatewayclass-controller` },
    },
    {
      apiVersion: `${gatewayGroup}/v1`,
      kind: 'Gateway',
      metadata: { name: 'eg' },
      spec: { gatewayClassName: 'eg', listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }] },
    },
    ...routes.flatMap((route, i) => routeDocuments(`r${i}`, route)),
  ];
}

function routeDocuments(name: string, route: RouteOptions): Json[] {
  const balancer = loadBalancer(route.loadBalancer);
  const policy = {
    apiVersion: `${egGroup}/v1alpha1`,
    kind: 'BackendTrafficPolicy',
    metadata: {
      name,
      ...(route.loadBalancer.kind === 'sticky'
        ? { annotations: { 'loadstar/utilization-target': '0.9' } }
        : {}),
    },
    spec: { targetRefs: [{ group: gatewayGroup, kind: 'HTTPRoute', name }], loadBalancer: balancer },
  };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { ports: [{ name: 'http', port: 3000 }] },
    },
    ...route.ports.map((port, i) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-${i}`, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port }],
      endpoints: [{ addresses: ['127.0.0.1'] }],
    })),
    {
      apiVersion: `${gatewayGroup}/v1`,
      kind: 'HTTPRoute',
      metadata: { name },
      spec: {
        parentRefs: [{ name: 'eg' }],
        hostnames: [`${name}.example.com`],
        rules: [
          { matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: [{ name, port: 3000 }] },
        ],
      },
    },
    ...(balancer === undefined ? [] : [policy]),
  ];
}

function loadBalancer(kind: LoadBalancer): Json | undefined {
  switch (kind.kind) {
    case 'header':
    case 'sticky':
      return { type: 'ConsistentHash', consistentHash: { type: 'Header', header: { name: kind.name } } };
    case 'cookie': {
      const cookie = { name: kind.name, ttl: '60s' };
      return { type: 'ConsistentHash', consistentHash: { type: 'Cookie', cookie } };
    }
    case 'utilization':
      return {
        type: 'BackendUtilization',
        backendUtilization: { blackoutPeriod: '1s', weightUpdatePeriod: '500ms' },
      };
    case 'none':
      return undefined;
  }
}

/** Block style, as people write them: what the parser costs is part of translation. */
export const yamlText = (documents: readonly Json[]): string =>
  documents.map((document) => stringify(document, { aliasDuplicateObjects: false })).join('---\n');
