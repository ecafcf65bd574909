/** A reference to a Backend of Envoy Gateway: addresses or names, in its words. */
import type { RouteKind } from '../../model/groups.ts';
import type { ModelIndex } from '../../model/index.ts';
import type { BackendObjectRef } from '../../model/resources.ts';
import { canonicalAddress } from './address.ts';
import { type Destination, empty, invalid, protocolOf } from './destination.ts';

export function ofBackend(
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
    return empty(`no endpoints in the related Backend ${namespace}/${ref.name}`);
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
