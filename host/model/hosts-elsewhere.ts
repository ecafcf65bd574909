/**
 * For an engine that has its hosts from a cluster: manifests hold Services, but not their EndpointSlices. One
 * host stands for those of a Service that has none, so that what is asked of its pool is seen. It is never
 * written.
 */
import type { AnyResource, EndpointSlice, Service } from './resources.ts';

export function withHosts(resources: readonly AnyResource[]): readonly AnyResource[] {
  const known = new Set(
    resources.flatMap((one) =>
      one.kind === 'EndpointSlice' ? [`${one.metadata.namespace}/${one.spec.serviceName ?? ''}`] : [],
    ),
  );
  const bare = resources.filter(
    (one): one is Service =>
      one.kind === 'Service' && !known.has(`${one.metadata.namespace}/${one.metadata.name}`),
  );
  return [...resources, ...bare.map(sliceOf)];
}

/** Of a network that is for documentation alone (RFC 5737). */
const ADDRESS = '192.0.2.1';

const sliceOf = (service: Service): EndpointSlice => ({
  kind: 'EndpointSlice',
  apiVersion: 'discovery.k8s.io/v1',
  metadata: service.metadata,
  spec: {
    serviceName: service.metadata.name,
    addressType: 'IPv4',
    ports: service.spec.ports.map(({ name, port, protocol }) => ({ name, port, protocol })),
    endpoints: [{ addresses: [ADDRESS], conditions: {} }],
  },
  at: service.at,
  order: service.order,
});
