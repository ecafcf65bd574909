/**
 * A port whose appProtocol says TLS, and that nothing asks TLS for: it is called in plain text, as in Envoy
 * Gateway, and told. Only BackendTLSPolicy and `tls` of a Backend ask for it (Gateway API, GEP-1897).
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ModelIndex } from '../../model/index.ts';
import type { BackendObjectRef } from '../../model/resources.ts';
import { about } from '../from.ts';

/** Of KEP-3726, Envoy Gateway and the IANA registry. */
const OVER_TLS: ReadonlySet<string> = new Set([
  ...['https', 'grpcs', 'tls'],
  ...['kubernetes.io/wss', 'gateway.envoyproxy.io/wss'],
]);

/** Tells each port once. */
export function plainTextAdvice(
  index: ModelIndex,
  diagnostics: Diagnostic[],
): (ref: BackendObjectRef, namespace: string) => void {
  const told = new Set<string>();
  return (ref, namespace) => {
    const key = `${ref.kind} ${namespace}/${ref.name}:${ref.port}`;
    const found = namedPort(index, ref, namespace);
    if (found === undefined || told.has(key)) return;
    told.add(key);
    const { resource, path, value } = found;
    diagnostics.push(
      about(
        resource,
        path,
        'warning',
        'tls-not-asked-for',
        `${value} is a protocol over TLS, but nothing asks for TLS: the backend is called in plain text.`,
        {
          value,
          rule: 'A BackendTLSPolicy, or spec.tls of a Backend, says that and how a backend is called over TLS.',
          hint: 'Add a BackendTLSPolicy for it, or take another appProtocol.',
        },
      ),
    );
  };
}

function namedPort(index: ModelIndex, ref: BackendObjectRef, namespace: string) {
  if (ref.kind === 'Service') {
    const resource = index.service(namespace, ref.name);
    const at = resource?.spec.ports.findIndex(({ port }) => port === ref.port) ?? -1;
    const value = resource?.spec.ports[at]?.appProtocol;
    if (resource === undefined || value === undefined || !OVER_TLS.has(value)) return undefined;
    return { resource, path: ['spec', 'ports', at, 'appProtocol'], value };
  }
  const resource = ref.kind === 'Backend' ? index.backend(namespace, ref.name) : undefined;
  const at = resource?.spec.appProtocols.findIndex((name) => OVER_TLS.has(name)) ?? -1;
  const value = resource?.spec.appProtocols[at];
  if (resource === undefined || value === undefined) return undefined;
  return { resource, path: ['spec', 'appProtocols', at], value };
}
