/**
 * Resolves a backendRef: to the endpoints of a Service (all its EndpointSlices) or of a Backend, or to the
 * reason why there are none, in Envoy Gateway's words. Equal references share one result.
 */
import type { ResourceName } from '../../diagnostics/diagnostic.ts';
import { ENVOY_GATEWAY_GROUP, GATEWAY_GROUP, type RouteKind } from '../../model/groups.ts';
import type { ModelIndex } from '../../model/index.ts';
import type {
  AnyRoute,
  BackendObjectRef,
  Endpoint,
  EndpointSlice,
  Service,
  ServicePort,
} from '../../model/resources.ts';
import type { Permits } from '../attach/grants.ts';
import type { BackendTlsReader } from '../tls/backend-tls.ts';
import type { BackendTls, PoolEndpoint, ZonePreference } from '../types.ts';
import { canonicalAddress } from './address.ts';

export interface Destination {
  /**
   * `Service default/shop:3000`, `Backend default/shop`: what the reference names, whatever answers there
   * now.
   */
  readonly backend?: string;
  readonly endpoints: readonly ZonedEndpoint[];
  /** Names, not addresses: found by DNS at run time. */
  readonly dns: boolean;
  /** tcp: whole connections, whatever they carry. */
  readonly protocol: 'http1' | 'http2' | 'tcp';
  /** WebSocket backends use HTTP/1.1, even if other backends of the rule use HTTP/2. */
  readonly onlyHttp1: boolean;
  readonly priority: 0 | 1;
  /** Absent: plain text. */
  readonly tls?: BackendTls;
  /** The Service itself asks for the local zone (spec.trafficDistribution, topology-mode). */
  readonly preferLocal?: ZonePreference;
  readonly problem?: BackendProblem;
  /** The Service's own address, for routingType: Service; a headless Service has none. */
  readonly service?: readonly ZonedEndpoint[];
}
export interface ZonedEndpoint {
  readonly zone: string;
  readonly endpoint: PoolEndpoint;
}
/** `empty`: a valid reference without endpoints (503); otherwise the reference is not valid (500). */
interface BackendProblem {
  readonly kind: 'invalid' | 'empty';
  readonly reason: string;
  readonly message: string;
  /** What is not in the input. */
  readonly missing?: ResourceName;
}

export type FindBackend = (route: AnyRoute, ref: BackendObjectRef) => Destination;

/** The API groups in which Envoy Gateway checks the kind. */
const GROUPS: ReadonlySet<string> = new Set(['', 'multicluster.x-k8s.io', ENVOY_GATEWAY_GROUP]);

/**
 * Looks references up in the model; each distinct one once.
 * @param advise Called for those that are called in plain text.
 */
export function backendFinder(
  index: ModelIndex,
  permits: Permits,
  tlsOf: BackendTlsReader['of'],
  advise: (ref: BackendObjectRef, namespace: string) => void,
): FindBackend {
  const found = new Map<string, Destination>();
  return (route, ref) => {
    const namespace = ref.namespace ?? route.metadata.namespace;
    const key = [
      route.kind,
      route.metadata.namespace,
      ref.group,
      ref.kind,
      namespace,
      ref.name,
      ref.port,
    ].join('|');
    let destination = found.get(key);
    if (destination === undefined) {
      const port = ref.kind === 'Service' ? `:${ref.port}` : '';
      const backend = `${ref.kind} ${namespace}/${ref.name}${port}`;
      destination = {
        ...overTls(find(index, permits, route, ref, namespace), ref, namespace, tlsOf),
        backend,
      };
      found.set(key, destination);
      const { tls, problem, protocol } = destination;
      if (tls === undefined && problem?.kind !== 'invalid' && protocol !== 'tcp') advise(ref, namespace);
    }
    return destination;
  };
}

/** TLS that cannot be had as it is asked for makes the reference one that is not valid: never plain text. */
function overTls(
  found: Destination,
  ref: BackendObjectRef,
  namespace: string,
  tlsOf: BackendTlsReader['of'],
): Destination {
  if (found.problem?.kind === 'invalid') return found;
  const { tls, problem } = tlsOf(ref, namespace);
  if (problem !== undefined) return invalid('InvalidBackendTLS', problem);
  if (tls === undefined) return found;
  if (tls.sni.kind !== 'endpoint') return { ...found, tls };
  const named = ({ zone, endpoint }: ZonedEndpoint): ZonedEndpoint => ({
    zone,
    endpoint: { ...endpoint, hostname: endpoint.hostname ?? endpoint.address },
  });
  return { ...found, tls, endpoints: found.dns ? found.endpoints.map(named) : found.endpoints };
}

function find(
  index: ModelIndex,
  permits: Permits,
  route: AnyRoute,
  ref: BackendObjectRef,
  namespace: string,
): Destination {
  const isService = ref.kind === 'Service' && ref.group === '';
  const isBackend = ref.kind === 'Backend' && ref.group === ENVOY_GATEWAY_GROUP;
  if (!GROUPS.has(ref.group)) {
    return invalid(
      'InvalidKind',
      'Group is invalid, only the core API group (specified by omitting the group field or setting it to an empty string), multicluster.x-k8s.io and gateway.envoyproxy.io are supported',
    );
  }
  // Kinds that are not read here, so they are never found.
  if (ref.kind === 'ServiceImport')
    return invalid('BackendNotFound', `service import ${namespace}/${ref.name} not found`);
  if (!isService && !isBackend) {
    return invalid(
      'InvalidKind',
      'Kind is invalid, only Service, MCS ServiceImport and Envoy Gateway Backend are supported',
    );
  }
  const from = { group: GATEWAY_GROUP, kind: route.kind, namespace: route.metadata.namespace };
  if (!permits(from, { group: ref.group, kind: ref.kind, namespace, name: ref.name })) {
    return invalid(
      'RefNotPermitted',
      `Backend ref to ${ref.kind} ${namespace}/${ref.name} not permitted by any ReferenceGrant.`,
      { kind: 'ReferenceGrant', namespace },
    );
  }
  return isService
    ? ofService(index, ref, namespace, route.kind)
    : ofBackend(index, ref, namespace, route.kind);
}

function ofService(
  index: ModelIndex,
  ref: BackendObjectRef,
  namespace: string,
  kind: RouteKind,
): Destination {
  if (ref.port === undefined) {
    return invalid(
      'PortNotSpecified',
      'A valid port number corresponding to a port on the Service must be specified',
    );
  }
  const service = index.service(namespace, ref.name);
  if (service === undefined) {
    const missing = { kind: 'Service', namespace, name: ref.name };
    return invalid('BackendNotFound', `service ${namespace}/${ref.name} not found`, missing);
  }
  if (service.spec.external) {
    return invalid(
      'UnsupportedValue',
      `Service ${namespace}/${ref.name} is of type ExternalName, which is not supported as a backend; use an Envoy Gateway Backend resource with an FQDN endpoint instead`,
    );
  }
  const port = service.spec.ports.find((p) => p.port === ref.port && p.protocol === 'TCP');
  if (port === undefined) {
    const message = `TCP Port ${ref.port} not found on Service ${namespace}/${ref.name}`;
    return invalid('PortNotFound', message, { kind: 'Service', namespace, name: ref.name });
  }
  const slices = index.slicesOf(namespace, ref.name);
  const endpoints = distinct(slices.flatMap((slice) => endpointsOf(slice, port)));
  if (endpoints.length === 0) {
    return {
      ...nowhere,
      problem: {
        kind: 'empty',
        reason: 'EndpointsNotFound',
        message: `no ready endpoints for the related Service ${namespace}/${ref.name}`,
        missing: { kind: 'EndpointSlice', namespace },
      },
    };
  }
  const dns = slices.every((s) => s.spec.addressType === 'FQDN');
  if (!dns && slices.some((s) => s.spec.addressType === 'FQDN')) {
    return invalid(
      'UnsupportedAddressType',
      'mixed endpointslice address type for the same backendRef is not supported',
    );
  }
  return {
    endpoints,
    dns,
    ...protocolOf(port.appProtocol === undefined ? [] : [port.appProtocol], kind),
    priority: 0,
    preferLocal: localPreference(service),
    service: addressOf(service, port),
  };
}

function addressOf({ spec: { clusterIP } }: Service, { port }: ServicePort): Destination['service'] {
  if (clusterIP === undefined || clusterIP === '' || clusterIP === 'None') return undefined;
  return [{ zone: '', endpoint: { address: canonicalAddress(clusterIP), port, weight: 1, draining: false } }];
}

function endpointsOf(slice: EndpointSlice, port: ServicePort): ZonedEndpoint[] {
  const ports = slice.spec.ports.filter(
    (p) => p.name === port.name && p.protocol === port.protocol && p.port !== undefined,
  );
  return slice.spec.endpoints.flatMap((endpoint) =>
    ports.flatMap((p) =>
      endpoint.addresses.map((address) => ({
        zone: endpoint.zone ?? '',
        endpoint: {
          address: canonicalAddress(address),
          port: p.port!,
          weight: 1,
          draining: isDraining(endpoint),
        },
      })),
    ),
  );
}

/** While slices are rewritten, an endpoint may be in two of them; Envoy accepts an address once. */
function distinct(endpoints: readonly ZonedEndpoint[]): readonly ZonedEndpoint[] {
  const seen = new Set<string>();
  return endpoints.filter(({ endpoint }) => {
    const key = `${endpoint.address} ${endpoint.port}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Kubernetes, EndpointConditions: serving and terminating count when both are known, else ready does. */
function isDraining({ conditions }: Endpoint): boolean {
  const { ready, serving, terminating } = conditions;
  if (serving !== undefined && terminating !== undefined) return terminating || !serving;
  return ready === false;
}

/** Kubernetes' own wish for the local zone, with the thresholds that Envoy Gateway gives it. */
function localPreference(service: Service): ZonePreference | undefined {
  if (service.spec.trafficDistribution !== undefined) return { minClusterSize: 1, forceMinSize: 1 };
  const mode = service.metadata.annotations['service.kubernetes.io/topology-mode'];
  return mode === 'Auto' || mode === 'auto' ? { minClusterSize: 3, forceMinSize: 3 } : undefined;
}

function ofBackend(
  index: ModelIndex,
  ref: BackendObjectRef,
  namespace: string,
  kind: RouteKind,
): Destination {
  const backend = index.backend(namespace, ref.name);
  if (backend === undefined) {
    const missing = { kind: 'Backend', namespace, name: ref.name };
    return invalid('BackendNotFound', `Backend ${namespace}/${ref.name} not found`, missing);
  }
  const { endpoints, appProtocols, fallback } = backend.spec;
  if (backend.spec.unixSockets) {
    return invalid('UnsupportedAddressType', 'unix domain sockets are not supported in backend references');
  }
  const dns = endpoints.every((e) => e.kind === 'fqdn');
  if (!dns && endpoints.some((e) => e.kind === 'fqdn')) {
    return invalid(
      'UnsupportedAddressType',
      'mixed FQDN and IP or Unix address type for the same backendRef is not supported',
    );
  }
  if (endpoints.length === 0) {
    return {
      ...nowhere,
      problem: {
        kind: 'empty',
        reason: 'EndpointsNotFound',
        message: `no endpoints in the related Backend ${namespace}/${ref.name}`,
      },
    };
  }
  return {
    endpoints: endpoints.map((e) => ({
      zone: e.zone ?? '',
      endpoint: {
        address: e.kind === 'ip' ? canonicalAddress(e.address) : e.hostname,
        port: e.port,
        weight: 1,
        draining: false,
        hostname: e.endpointHostname,
      },
    })),
    dns,
    ...protocolOf(appProtocols, kind),
    priority: fallback ? 1 : 0,
  };
}

/**
 * GRPCRoutes speak HTTP/2; HTTPRoutes do where the port says so (KEP-3726 names and those of Envoy Gateway).
 */
function protocolOf(
  appProtocols: readonly string[],
  kind: RouteKind,
): Pick<Destination, 'protocol' | 'onlyHttp1'> {
  if (kind === 'TLSRoute' || kind === 'TCPRoute') return { protocol: 'tcp', onlyHttp1: false };
  const http2 = kind === 'GRPCRoute' || appProtocols.some((p) => HTTP2_NAMES.has(p));
  return {
    protocol: http2 ? 'http2' : 'http1',
    onlyHttp1: !http2 && appProtocols.some((p) => WEBSOCKET_NAMES.has(p)),
  };
}
const HTTP2_NAMES: ReadonlySet<string> = new Set(['kubernetes.io/h2c', 'gateway.envoyproxy.io/h2c', 'grpc']);
const WEBSOCKET_NAMES: ReadonlySet<string> = new Set([
  'kubernetes.io/ws',
  'kubernetes.io/wss',
  'gateway.envoyproxy.io/ws',
  'gateway.envoyproxy.io/wss',
]);

const nowhere: Destination = { endpoints: [], dns: false, protocol: 'http1', onlyHttp1: false, priority: 0 };
const invalid = (reason: string, message: string, missing?: ResourceName): Destination => ({
  ...nowhere,
  problem: { kind: 'invalid', reason, message, missing },
});
