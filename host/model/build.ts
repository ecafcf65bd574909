/**
 * Typed resources → Model: one list per kind, sorted by namespace, name and input order, so that equal input
 * gives equal output whatever the order of files. A resource given twice is an error that names both places;
 * the later one is used, as with kubectl apply.
 */
import { groupBy } from '../basics/collections.ts';
import { compareText } from '../basics/text.ts';
import { type Diagnostic, resourceTitle } from '../diagnostics/diagnostic.ts';
import { NAMELESS } from './protection.ts';
import type { AnyResource, Model, Protection } from './resources.ts';

export function buildModel(resources: readonly AnyResource[]): { model: Model; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const unique = new Map<string, AnyResource>();
  for (const resource of resources) {
    const { namespace, name } = resource.metadata;
    // Of two policies without a name that can be read each closes its targets.
    const own = 'protects' in resource && [name, namespace].includes(NAMELESS) ? `#${resource.order}` : '';
    const key = `${resource.kind}/${namespace}/${name}${own}`;
    const first = unique.get(key);
    if (first !== undefined) {
      const title = resourceTitle({ kind: resource.kind, namespace, name });
      diagnostics.push({
        code: 'resource-duplicate',
        severity: 'error',
        message: `${title} is given twice.`,
        at: resource.at(),
        resource: title,
        field: 'metadata.name',
        value: name,
        rule: 'A kind, namespace and name may be given once.',
        hint: 'Remove or rename one of the two.',
        notes: [{ message: 'The first is here.', at: first.at() }],
      });
    }
    unique.set(key, resource);
  }
  const lists = groupBy(unique.values(), ({ kind }): string => kind);
  const of = <K extends AnyResource['kind']>(kind: K): readonly Extract<AnyResource, { kind: K }>[] =>
    Object.freeze((lists.get(kind) ?? []).sort(compare) as Extract<AnyResource, { kind: K }>[]);
  const model: Model = {
    gatewayClasses: of('GatewayClass'),
    envoyProxies: of('EnvoyProxy'),
    gateways: of('Gateway'),
    listenerSets: of('ListenerSet'),
    httpRoutes: of('HTTPRoute'),
    grpcRoutes: of('GRPCRoute'),
    tlsRoutes: of('TLSRoute'),
    tcpRoutes: of('TCPRoute'),
    udpRoutes: of('UDPRoute'),
    services: of('Service'),
    endpointSlices: of('EndpointSlice'),
    backends: of('Backend'),
    referenceGrants: of('ReferenceGrant'),
    namespaces: of('Namespace'),
    secrets: of('Secret'),
    configMaps: of('ConfigMap'),
    routeFilters: of('HTTPRouteFilter'),
    policies: of('BackendTrafficPolicy'),
    backendTlsPolicies: of('BackendTLSPolicy'),
    clientPolicies: of('ClientTrafficPolicy'),
    securityPolicies: of('SecurityPolicy'),
    protections: [...unique.values()].filter((one): one is Protection => 'protects' in one).sort(compare),
  };
  return { model: Object.freeze(model), diagnostics };
}

/** By code units, never by locale: the same on every machine. */
function compare(a: AnyResource, b: AnyResource): number {
  return (
    compareText(a.metadata.namespace, b.metadata.namespace) ||
    compareText(a.metadata.name, b.metadata.name) ||
    a.order - b.order
  );
}
