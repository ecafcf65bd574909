/**
 * Manifests for the bench: one Gateway, and per route a Service, its EndpointSlices, an HTTPRoute under a
 * host name of its own (`r0.example.com`, …: found by Envoy in one look-up, however many there are) and,
 * unless it shall have none, a policy.
 */
import { stringify } from 'yaml';
import * as build from '../../../demo/fakes/manifests.ts';
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

/** Documents in the order a person would write them. */
export const manifests = (routes: readonly RouteOptions[], listeners?: build.Manifest[]): Json[] => [
  build.gatewayClass,
  build.gateway('eg', listeners),
  ...routes.flatMap((route, i) => routeDocuments(`r${i}`, route)),
];

function routeDocuments(name: string, route: RouteOptions): Json[] {
  const balancer = loadBalancer(route.loadBalancer);
  const annotations =
    route.loadBalancer.kind === 'sticky' ? { 'loadstar/utilization-target': '0.9' } : undefined;
  const targets = [build.target('HTTPRoute', name)];
  return [
    build.service(name),
    ...route.ports.map((port, i) => ({
      ...build.slice(`${name}-${i}`, name, ['127.0.0.1']),
      ports: [{ name: 'http', port }],
    })),
    build.httpRoute(name, [build.rule('/', { backendRefs: [build.ref(name)] })], {
      hostnames: [`${name}.example.com`],
    }),
    ...(balancer === undefined
      ? []
      : [build.policy(name, targets, { loadBalancer: balancer }, { annotations })]),
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
