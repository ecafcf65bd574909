/**
 * EndpointSlice (discovery.k8s.io/v1): the addresses behind a Service, with their zone and whether they are
 * ready.
 */
import { isIPv4, isIPv6 } from './words/address.ts';
import { check } from './words/check.ts';
import { asList, asObject, type Report } from './words/findings.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { port } from './words/names.ts';
import { flag, ignored, list, object, oneOf, text } from './words/shape.ts';

const schema = object({
  ...envelope,
  addressType: oneOf(['IPv4', 'IPv6', 'FQDN']),
  ports: list(
    object({
      name: text().optional(),
      port: port().optional(),
      protocol: oneOf(['TCP', 'UDP', 'SCTP']).optional(),
      appProtocol: text().optional(),
    }),
  ).optional(),
  endpoints: list(
    object({
      addresses: list(text({ min: 1 }), 1, 100),
      zone: text().optional(),
      conditions: object({
        ready: flag().optional(),
        serving: flag().optional(),
        terminating: flag().optional(),
      }).optional(),
      deprecatedTopology: ignored(),
      hints: ignored(),
      hostname: ignored(),
      nodeName: ignored(),
      targetRef: ignored(),
    }),
    0,
    1000,
  ).optional(),
});

export const endpointSlice: Kind = {
  group: 'discovery.k8s.io',
  kind: 'EndpointSlice',
  versions: ['v1'],
  clusterScoped: false,
  schema,
  read(document, report) {
    checkAddresses(document.value, report);
    const data = check(schema, document.value, report);
    if (data === undefined) return undefined;
    const metadata = toMetadata(data.metadata, false, report);
    const serviceName = metadata.labels['kubernetes.io/service-name'];
    if (serviceName === undefined) {
      report.warning(['metadata', 'labels', 'kubernetes.io/service-name'], {
        code: 'slice-without-service',
        message: 'This EndpointSlice belongs to no Service: its endpoints are not used.',
        rule: 'The label kubernetes.io/service-name names the Service.',
        hint: 'Add the label kubernetes.io/service-name.',
      });
    }
    return {
      kind: 'EndpointSlice',
      apiVersion: String(document.value.apiVersion),
      metadata,
      spec: {
        serviceName,
        addressType: data.addressType,
        ports: (data.ports ?? []).map(({ name, port, protocol, appProtocol }) => ({
          name: name ?? '',
          port,
          protocol: protocol ?? 'TCP',
          appProtocol,
        })),
        endpoints: (data.endpoints ?? []).map(({ addresses, zone, conditions }) => ({
          addresses,
          zone,
          conditions: conditions ?? {},
        })),
      },
      at: document.at,
      order: document.order,
    };
  },
};

function checkAddresses(raw: Readonly<Record<string, unknown>>, report: Report): void {
  const type = raw.addressType;
  const fits = type === 'IPv4' ? isIPv4 : type === 'IPv6' ? isIPv6 : undefined;
  if (fits === undefined) return;
  for (const [i, endpoint] of asList(raw.endpoints).entries()) {
    for (const [j, address] of asList(asObject(endpoint)?.addresses).entries()) {
      if (typeof address !== 'string' || address === '' || fits(address)) continue;
      report.error(['endpoints', i, 'addresses', j], {
        code: 'address-invalid',
        message: `An address of this slice must be an ${type} address, not ${JSON.stringify(address)}.`,
        value: address,
        rule: `addressType is ${type}.`,
        hint:
          address.includes(':') && type === 'IPv4' && isIPv4(address.split(':')[0]!)
            ? 'The port is given in ports: leave it out here.'
            : 'Correct the address, or put it into a slice of its own type.',
      });
    }
  }
}
