/**
 * Kinds of other projects and of Kubernetes that balance or route and that Loadstar does not read. Whoever
 * gives them here may believe that they hold: each is a warning, where other foreign kinds are a notice.
 */
const everyKindOf: readonly string[] = [
  'aigateway.envoyproxy.io',
  'appmesh.k8s.aws',
  'configuration.konghq.com',
  'gateway.kgateway.dev',
  'gateway.solo.io',
  'inference.networking.k8s.io',
  'inference.networking.x-k8s.io',
  'networking.istio.io',
  'policy.linkerd.io',
  'projectcontour.io',
  'split.smi-spec.io',
  'traefik.containo.us',
  'traefik.io',
];
const kinds: Readonly<Record<string, readonly string[]>> = {
  '': ['Endpoints'],
  'cilium.io': ['CiliumEnvoyConfig', 'CiliumClusterwideEnvoyConfig', 'CiliumLoadBalancerIPPool'],
  'getambassador.io': ['Mapping', 'Host', 'TCPMapping'],
  'gateway.nginx.org': ['UpstreamSettingsPolicy', 'ClientSettingsPolicy', 'ProxySettingsPolicy'],
  'multicluster.x-k8s.io': ['ServiceImport'],
  'net.gke.io': ['ServiceImport'],
  'networking.gke.io': ['GCPBackendPolicy', 'HealthCheckPolicy', 'GCPGatewayPolicy'],
  'networking.k8s.io': ['Ingress', 'IngressClass'],
};

/** What to do in its place, where there is something. */
const instead: Readonly<Record<string, string>> = {
  Endpoints: 'Write an EndpointSlice (discovery.k8s.io/v1) for the Service.',
  Ingress: 'Write it as HTTPRoutes.',
  VirtualService: 'Write it as HTTPRoutes.',
  HTTPProxy: 'Write it as HTTPRoutes.',
  IngressRoute: 'Write it as HTTPRoutes.',
  DestinationRule: 'Write it as a BackendTrafficPolicy.',
  BackendConfigPolicy: 'Write it as a BackendTrafficPolicy.',
  TrafficPolicy: 'Write it as a BackendTrafficPolicy.',
};

/** Undefined: it neither balances nor routes, as far as is known. */
export function routingKindHint(group: string, kind: string): string | undefined {
  const known = everyKindOf.includes(group) || kinds[group]?.includes(kind) === true;
  return known ? (instead[kind] ?? 'Do without it, or say it with the kinds of the Gateway API.') : undefined;
}
