/**
 * Resolves a backendRef: to the endpoints of a Service (services.ts) or of a Backend (backend-endpoints.ts),
 * or to the reason why there are none, in Envoy Gateway's words. Equal references share one result.
 */
import { ENVOY_GATEWAY_GROUP, GATEWAY_GROUP } from '../../model/groups.ts';
import type { ModelIndex } from '../../model/index.ts';
import type { AnyRoute, BackendObjectRef } from '../../model/resources.ts';
import type { Permits } from '../attach/grants.ts';
import type { BackendTlsReader } from '../tls/backend-tls-reader.ts';
import { ofBackend } from './backend-endpoints.ts';
import { type Destination, invalid, type ZonedEndpoint } from './destination.ts';
import { ofService } from './services.ts';

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
      const { kind, name, port } = ref;
      const isService = kind === 'Service' && port !== undefined;
      const backend = `${kind} ${namespace}/${name}${isService ? `:${port}` : ''}`;
      destination = {
        ...overTls(find(index, permits, route, ref, namespace), ref, namespace, tlsOf),
        backend,
        ...(isService ? { servicePort: { namespace, service: name, port } } : {}),
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
