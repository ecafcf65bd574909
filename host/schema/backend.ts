/**
 * Backend (Envoy Gateway v1alpha1): IP or DNS endpoints without a Service. A route to Unix sockets is
 * refused, as by Envoy Gateway; a dynamic resolver too (RATIONALE.md).
 */
import { given } from '../basics/collections.ts';
import { ENVOY_GATEWAY_GROUP } from '../model/groups.ts';
import type { BackendEndpoint } from '../model/resources.ts';
import { backendTlsFields, checkBackendTls, toBackendTls } from './backend-tls-fields.ts';
import { isIP } from './words/address.ts';
import { check } from './words/check.ts';
import { asList, asObject, type Report } from './words/findings.ts';
import { type Kind, remap } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { preciseHostname } from './words/names.ts';
import { flag, integer, leaf, list, marked, object, oneOf, text } from './words/shape.ts';

const portNumber = () => integer(0, 65535, 'a port');
const schema = object({
  ...envelope,
  spec: object({
    type: oneOf(['Endpoints', 'DynamicResolver']).optional(),
    endpoints: list(
      object({
        ip: object({
          address: leaf<string>({
            rule: 'an IPv4 or IPv6 address',
            code: 'address-invalid',
            read: (value) => (typeof value === 'string' && isIP(value) ? value : undefined),
            hint: addressHint,
          }),
          port: portNumber(),
        }).optional(),
        fqdn: object({
          hostname: text({
            min: 1,
            max: 253,
            pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\.?$/,
            rule: 'a host name, as api.example.org',
            code: 'hostname-invalid',
          }),
          port: portNumber(),
        }).optional(),
        unix: marked(object({ path: text({ min: 1, max: 108 }) }).optional(), 'refused'),
        zone: text().optional(),
        hostname: preciseHostname().optional(),
      }),
      1,
      256,
    ).optional(),
    appProtocols: list(
      oneOf(['gateway.envoyproxy.io/h2c', 'gateway.envoyproxy.io/ws', 'gateway.envoyproxy.io/wss']),
    ).optional(),
    fallback: flag().optional(),
    tls: backendTlsFields().optional(),
  }),
});

export const backend: Kind = {
  group: ENVOY_GATEWAY_GROUP,
  kind: 'Backend',
  versions: ['v1alpha1'],
  clusterScoped: false,
  schema,
  read(document, report) {
    checkEndpoints(document.value.spec, report);
    checkBackendTls(asObject(document.value.spec)?.tls, report);
    const data = check(schema, document.value, report);
    if (data === undefined || report.refused) return undefined;
    const endpoints: BackendEndpoint[] = [];
    const kept: number[] = [];
    const all = data.spec.endpoints ?? [];
    for (const [i, { ip, fqdn, zone, hostname }] of all.entries()) {
      const place = {
        zone,
        endpointHostname: hostname,
      };
      if (ip !== undefined) endpoints.push({ kind: 'ip', address: ip.address, port: ip.port, ...place });
      else if (fqdn !== undefined)
        endpoints.push({ kind: 'fqdn', hostname: fqdn.hostname, port: fqdn.port, ...place });
      else {
        report.warning(['spec', 'endpoints', i, 'unix'], {
          code: 'field-not-translated',
          message: `spec.endpoints[${i}].unix is a field of this API that Loadstar does not translate: a route to this Backend is refused.`,
          hint: 'Use ip or fqdn.',
          point: 'key',
        });
        continue;
      }
      kept.push(i);
    }
    return {
      kind: 'Backend',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: {
        endpoints,
        appProtocols: data.spec.appProtocols ?? [],
        fallback: data.spec.fallback ?? false,
        tls: given(data.spec.tls, toBackendTls),
        ...(kept.length < all.length ? { unixSockets: true as const } : {}),
      },
      at: remap(document.at, ['spec', 'endpoints'], kept, all.length),
      order: document.order,
    };
  },
};

function addressHint(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const [address, scope] = value.split('%');
  if (scope !== undefined && isIP(address!))
    return `The scope %${scope} is no part of the address: give an address that needs none, as of fd00::/8.`;
  return /^[a-z]/.test(value) ? 'A host name belongs under fqdn.' : undefined;
}

function checkEndpoints(raw: unknown, report: Report): void {
  const spec = asObject(raw);
  if (spec === undefined) return;
  if (spec.type === 'DynamicResolver') {
    report.error(['spec', 'type'], {
      code: 'value-not-supported',
      message:
        'A Backend of type DynamicResolver is not supported: each client would choose the host of its request.',
      value: 'DynamicResolver',
      rule: 'A name that a client sends may lead anywhere, also to the admin interface of this Envoy.',
      hint: 'List the endpoints.',
    });
    return;
  }
  if (spec.endpoints === undefined) {
    report.error(['spec', 'endpoints'], {
      code: 'field-missing',
      message: 'spec.endpoints is missing.',
      rule: 'A Backend must have from 1 to 256 endpoints.',
      hint: 'Add endpoints with ip or fqdn.',
    });
  }
  const kinds = new Set<string>();
  for (const [i, entry] of asList(spec.endpoints).entries()) {
    const endpoint = asObject(entry);
    if (endpoint === undefined) continue;
    const given = ['ip', 'fqdn', 'unix'].filter((kind) => endpoint[kind] !== undefined);
    kinds.add(given[0] === 'fqdn' ? 'fqdn' : 'other');
    if (given.length === 1) continue;
    report.error(['spec', 'endpoints', i], {
      code: given.length === 0 ? 'field-missing' : 'field-conflict',
      message: `This endpoint has ${given.length === 0 ? 'no address' : `${given.join(' and ')}`}.`,
      rule: 'An endpoint must have exactly one of ip, fqdn and unix.',
      hint: given.length === 0 ? 'Add ip or fqdn.' : 'Make it several endpoints.',
    });
  }
  if (kinds.size > 1) {
    report.error(['spec', 'endpoints'], {
      code: 'field-conflict',
      message: 'The endpoints mix fqdn with other addresses.',
      rule: 'Either all endpoints of a Backend are fqdn, or none is.',
      hint: 'Make two Backends, and refer to both from the route.',
    });
  }
}
