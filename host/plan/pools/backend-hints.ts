/**
 * Hints for a backendRef that cannot be resolved: the nearest name, the existing ports, the missing grant.
 */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { isConnectionRoute } from '../../model/groups.ts';
import type { ModelIndex } from '../../model/index.ts';
import type { AnyRoute, Backend, BackendObjectRef, Model, Service } from '../../model/resources.ts';
import type { Hint } from '../hints.ts';
import type { RouteError } from '../routes/rule-filters.ts';

export type Explain = (
  route: AnyRoute,
  rule: number,
  error: RouteError,
) => Pick<Diagnostic, 'value' | 'rule' | 'hint' | 'notes'>;

export function backendExplainer(model: Model, index: ModelIndex, hint: Hint): Explain {
  const backendNamed = firstByName(model.backends);
  const serviceNamed = firstByName(model.services);
  return (route, rule, error) => {
    const ref = refAt(route, rule, error);
    if (ref === undefined) return {};
    const namespace = ref.namespace ?? route.metadata.namespace;
    const value = ref.name;
    switch (error.reason) {
      case 'BackendNotFound': {
        if (ref.kind === 'ServiceImport')
          return { value, hint: 'A ServiceImport is not read here: name a Service or a Backend.' };
        const known = ref.kind === 'Backend' ? model.backends : model.services;
        const elsewhere = (ref.kind === 'Backend' ? backendNamed : serviceNamed)(ref.name);
        const here = (): string[] =>
          known.filter((r) => r.metadata.namespace === namespace).map((r) => r.metadata.name);
        const rule = `A backendRef names a Service or Backend of the input; ${fate(route, 500)} until then.`;
        if (elsewhere !== undefined) {
          return {
            value,
            rule,
            hint: `${ref.kind} ${elsewhere.metadata.namespace}/${ref.name} exists: set namespace, and add a ReferenceGrant there.`,
          };
        }
        return { value, rule, hint: hint(ref.name, here, missing(ref, namespace)) };
      }
      case 'PortNotFound': {
        const ports = index.service(namespace, ref.name)?.spec.ports ?? [];
        const wanted = route.kind === 'UDPRoute' ? 'UDP' : 'TCP';
        const list = ports.map(
          (p) =>
            `${p.port}${p.name === '' ? '' : ` (${p.name})`}${p.protocol === wanted ? '' : ` ${p.protocol}`}`,
        );
        return {
          value: ref.port,
          rule: `port is the Service's port of protocol ${wanted}, not its targetPort.`,
          hint: `Its ports: ${list.join(', ') || 'none'}.`,
        };
      }
      case 'PortNotSpecified':
        return { value, hint: 'Add port: the port of the Service.' };
      case 'RefNotPermitted':
        return {
          value: namespace,
          rule: 'Another namespace is reached only with its ReferenceGrant.',
          hint: `${route.metadata.impliedNamespace ? `The ${route.kind} names no namespace, so it is in ${route.metadata.namespace}: name one, or give it with --namespace. Else add` : 'Add'} a ReferenceGrant in namespace ${namespace} from ${route.kind} of ${route.metadata.namespace} to ${ref.kind} ${ref.name}.`,
        };
      case 'EndpointsNotFound':
        return {
          value,
          rule: `While there are no endpoints ${fate(route, 503)}.`,
          hint: endpointHint(index, ref, namespace),
        };
      case 'UnsupportedAddressType':
        return {
          value,
          hint: index.backend(namespace, ref.name)?.spec.unixSockets
            ? 'Let the backend listen on an address and a port.'
            : 'Give names and addresses a backend each.',
        };
      case 'InvalidKind':
        return { value: ref.kind, hint: 'Name a Service, or a Backend with group: gateway.envoyproxy.io.' };
      case 'UnsupportedValue':
        return { value, hint: 'Use a Backend with an fqdn endpoint.' };
      case 'UnsupportedRefValue':
        return { value, hint: 'Move the filter to the rule.' };
      default:
        return { value };
    }
  };
}

/** What becomes of its share meanwhile. */
const fate = ({ kind }: AnyRoute, status: number): string =>
  isConnectionRoute(kind) ? 'its connections are closed' : `its requests answer ${status}`;

/** In any namespace. */
function firstByName<T extends Backend | Service>(list: readonly T[]): (name: string) => T | undefined {
  let map: Map<string, T> | undefined;
  return (name) => {
    map ??= new Map([...list].reverse().map((item) => [item.metadata.name, item]));
    return map.get(name);
  };
}

function refAt(route: AnyRoute, rule: number, { path }: RouteError): BackendObjectRef | undefined {
  const spec = route.spec.rules[rule]!;
  const [list, i] = path;
  if (list === 'backendRefs' && typeof i === 'number') return spec.backendRefs[i];
  if (list !== 'filters' || typeof i !== 'number') return undefined;
  const filter = spec.filters[i];
  return filter?.type === 'RequestMirror' ? filter.requestMirror.backendRef : undefined;
}

const missing = (ref: BackendObjectRef, namespace: string): string =>
  ref.kind === 'Backend'
    ? `Add a Backend ${namespace}/${ref.name} with its addresses.`
    : `Add Service ${namespace}/${ref.name} with an EndpointSlice, or point to a Backend (gateway.envoyproxy.io) with its addresses.`;

function endpointHint(index: ModelIndex, ref: BackendObjectRef, namespace: string): string {
  if (ref.kind === 'Backend') return 'Add endpoints to the Backend.';
  const slices = index.slicesOf(namespace, ref.name);
  const port = index.service(namespace, ref.name)?.spec.ports.find((p) => p.port === ref.port);
  if (slices.length === 0) {
    return `Add an EndpointSlice in namespace ${namespace} with the label kubernetes.io/service-name: ${ref.name}.`;
  }
  const names = [...new Set(slices.flatMap((s) => s.spec.ports.map((p) => p.name || '(unnamed)')))];
  if (port !== undefined && !names.includes(port.name || '(unnamed)')) {
    return `The Service's port is named ${port.name || '(unnamed)'}, those of its EndpointSlices ${names.join(', ') || 'nothing'}: they must be equal.`;
  }
  return 'Its EndpointSlices list no addresses.';
}
