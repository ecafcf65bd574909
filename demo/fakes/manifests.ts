/**
 * Manifests for the demo, the tests and the benches, as objects with the API's own field names (JSON is
 * YAML), with the usual rest filled in. Defaults are the documents' names: `eg`, `backend`,
 * `www.example.com`, `default`.
 */

// biome-ignore lint/suspicious/noExplicitAny: manifests are free-form
export type Manifest = Record<string, any>;

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const ENVOY_GATEWAY = 'gateway.envoyproxy.io/v1alpha1';
const resource = (apiVersion: string, kind: string, name: string, rest: Manifest): Manifest => {
  const { metadata, ...fields } = rest;
  return { apiVersion, kind, metadata: { name, namespace: 'default', ...metadata }, ...fields };
};

export const gatewayClass = {
  apiVersion: GATEWAY_API,
  kind: 'GatewayClass',
  metadata: { name: 'eg' },
  spec: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' },
};
export const listener = (name: string, port: number, rest: Manifest = {}): Manifest => ({
  name,
  port,
  protocol: 'HTTP',
  ...rest,
});
export const gateway = (
  name = 'eg',
  listeners: Manifest[] = [listener('http', 80)],
  metadata: Manifest = {},
): Manifest =>
  resource(GATEWAY_API, 'Gateway', name, { metadata, spec: { gatewayClassName: 'eg', listeners } });

/** Of the Gateway `eg`, which lets it in by its `allowedListeners`. */
export const listenerSet = (
  name: string,
  listeners: Manifest[],
  { spec = {}, metadata = {} }: { readonly spec?: Manifest; readonly metadata?: Manifest } = {},
): Manifest =>
  resource(GATEWAY_API, 'ListenerSet', name, {
    metadata,
    spec: { parentRef: { name: 'eg' }, listeners, ...spec },
  });

export const ref = (name = 'backend', rest: Manifest = {}): Manifest => ({ name, port: 3000, ...rest });
export const rule = (path: string, rest: Manifest = {}): Manifest => ({
  matches: [{ path: { type: 'PathPrefix', value: path } }],
  backendRefs: [ref()],
  ...rest,
});
export const httpRoute = (
  name: string,
  rules: Manifest[] = [rule('/')],
  spec: Manifest = {},
  metadata: Manifest = {},
): Manifest =>
  resource(GATEWAY_API, 'HTTPRoute', name, {
    metadata,
    spec: { parentRefs: [{ name: 'eg' }], hostnames: ['www.example.com'], rules, ...spec },
  });
export const grpcRoute = (name: string, rules: Manifest[], spec: Manifest = {}): Manifest =>
  resource(GATEWAY_API, 'GRPCRoute', name, {
    spec: { parentRefs: [{ name: 'eg' }], hostnames: ['www.example.com'], rules, ...spec },
  });

/** TLSRoutes, TCPRoutes and UDPRoutes: one rule, without matches. */
export const connectionRoute = (
  kind: 'TLSRoute' | 'TCPRoute' | 'UDPRoute',
  name: string,
  backendRefs: Manifest[] = [ref()],
  spec: Manifest = {},
  metadata: Manifest = {},
): Manifest =>
  resource(GATEWAY_API, kind, name, {
    metadata,
    spec: { parentRefs: [{ name: 'eg' }], rules: [{ backendRefs }], ...spec },
  });

export const service = (name = 'backend', port: Manifest = {}, rest: Manifest = {}): Manifest =>
  resource('v1', 'Service', name, {
    ...rest,
    spec: {
      clusterIP: '10.96.0.1',
      ports: [{ name: 'http', protocol: 'TCP', port: 3000, ...port }],
      ...rest.spec,
    },
  });
/** Endpoints as `address` or `[address, zone]`, or as they are in the API. */
export const slice = (
  name: string,
  of: string,
  endpoints: (string | [string, string] | Manifest)[],
  metadata: Manifest = {},
): Manifest =>
  resource('discovery.k8s.io/v1', 'EndpointSlice', name, {
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': of } },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 3000 }],
    endpoints: endpoints.map((e) =>
      typeof e === 'string' ? { addresses: [e] } : Array.isArray(e) ? { addresses: [e[0]], zone: e[1] } : e,
    ),
  });
export const backend = (name: string, spec: Manifest): Manifest =>
  resource(ENVOY_GATEWAY, 'Backend', name, { spec });
export const backendRef = (name: string, rest: Manifest = {}): Manifest => ({
  group: 'gateway.envoyproxy.io',
  kind: 'Backend',
  name,
  ...rest,
});
export const grant = (namespace: string, from: Manifest, to: Manifest): Manifest =>
  resource('gateway.networking.k8s.io/v1beta1', 'ReferenceGrant', 'grant', {
    metadata: { namespace },
    spec: { from: [from], to: [to] },
  });

export const secret = (name: string, stringData: Manifest, namespace = 'default'): Manifest =>
  resource('v1', 'Secret', name, { metadata: { namespace }, stringData });

export const target = (kind: string, name: string, sectionName?: string): Manifest => ({
  group: 'gateway.networking.k8s.io',
  kind,
  name,
  ...(sectionName === undefined ? {} : { sectionName }),
});
const policies =
  (kind: string) =>
  (name: string, targets: Manifest | readonly Manifest[], spec: Manifest = {}, metadata: Manifest = {}) =>
    resource(ENVOY_GATEWAY, kind, name, {
      metadata,
      spec: { ...(Array.isArray(targets) ? { targetRefs: targets } : targets), ...spec },
    });
export const policy = policies('BackendTrafficPolicy');
export const securityPolicy = policies('SecurityPolicy');
export const clientTrafficPolicy = policies('ClientTrafficPolicy');
/** Trusted are the authorities of the ConfigMap `ca`. */
export const backendTlsPolicy = (
  name: string,
  targets: Manifest | readonly Manifest[],
  validation: Manifest = {},
  metadata: Manifest = {},
): Manifest =>
  resource(GATEWAY_API, 'BackendTLSPolicy', name, {
    metadata,
    spec: {
      targetRefs: [targets].flat(),
      validation: {
        caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }],
        hostname: 'shop.internal',
        ...validation,
      },
    },
  });
export const lb = (type: string, rest: Manifest = {}): Manifest => ({ loadBalancer: { type, ...rest } });

/** As one text with a document each. */
export const render = (manifests: readonly Manifest[]): string =>
  manifests.map((manifest) => JSON.stringify(manifest, null, 2)).join('\n---\n');
