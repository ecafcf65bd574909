/** A reference to a Service: the endpoints of all its EndpointSlices, in Envoy Gateway's words. */
import type { RouteKind } from '../../model/groups.ts';
import type { ModelIndex } from '../../model/index.ts';
import type {
  BackendObjectRef,
  Endpoint,
  EndpointSlice,
  Service,
  ServicePort,
} from '../../model/resources.ts';
import type { ZonePreference } from '../types.ts';
import { canonicalAddress } from './address.ts';
import { type Destination, empty, invalid, protocolOf, type ZonedEndpoint } from './destination.ts';

export function ofService(
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
  const transport = kind === 'UDPRoute' ? 'UDP' : 'TCP';
  const port = service.spec.ports.find((p) => p.port === ref.port && p.protocol === transport);
  if (port === undefined) {
    const message = `${transport} Port ${ref.port} not found on Service ${namespace}/${ref.name}`;
    return invalid('PortNotFound', message, { kind: 'Service', namespace, name: ref.name });
  }
  const slices = index.slicesOf(namespace, ref.name);
  const endpoints = distinct(slices.flatMap((slice) => endpointsOf(slice, port)));
  if (endpoints.length === 0) {
    const message = `no ready endpoints for the related Service ${namespace}/${ref.name}`;
    return empty(message, { kind: 'EndpointSlice', namespace });
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
