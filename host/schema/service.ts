/**
 * Service (core v1): ports and cluster address. The other fields of the real API concern a cluster's own network; they are
 * taken silently.
 */
import { isIP } from './words/address.ts';
import { check } from './words/check.ts';
import { asList, asObject, type Report } from './words/findings.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { port } from './words/names.ts';
import { ignored, leaf, list, object, oneOf, text } from './words/shape.ts';

const schema = object({
  ...envelope,
  spec: object({
    clusterIP: leaf<string>({
      rule: 'an IPv4 or IPv6 address, None, or empty',
      code: 'address-invalid',
      read: (value) =>
        typeof value === 'string' && (value === '' || value === 'None' || isIP(value)) ? value : undefined,
    }).optional(),
    ports: list(
      object({
        name: text().optional(),
        port: port(),
        protocol: oneOf(['TCP', 'UDP', 'SCTP']).optional(),
        appProtocol: text().optional(),
        targetPort: leaf<number | string>({
          rule: 'a port from 1 to 65535 or the name of one',
          code: 'value-out-of-range',
          read: (value) =>
            (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535) ||
            (typeof value === 'string' && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value) && value.length <= 15)
              ? value
              : undefined,
        }).optional(),
        nodePort: ignored(),
      }),
    ).optional(),
    trafficDistribution: text().optional(),
    type: oneOf(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).optional(),
    allocateLoadBalancerNodePorts: ignored(),
    clusterIPs: ignored(),
    externalIPs: ignored(),
    externalName: ignored(),
    externalTrafficPolicy: ignored(),
    healthCheckNodePort: ignored(),
    internalTrafficPolicy: ignored(),
    ipFamilies: ignored(),
    ipFamilyPolicy: ignored(),
    loadBalancerClass: ignored(),
    loadBalancerIP: ignored(),
    loadBalancerSourceRanges: ignored(),
    publishNotReadyAddresses: ignored(),
    selector: ignored(),
    sessionAffinity: ignored(),
    sessionAffinityConfig: ignored(),
  }),
});

export const service: Kind = {
  group: '',
  kind: 'Service',
  versions: ['v1'],
  clusterScoped: false,
  schema,
  read(document, report) {
    checkPorts(asObject(document.value.spec)?.ports, report);
    const data = check(schema, document.value, report);
    if (data === undefined) return undefined;
    const { clusterIP, trafficDistribution, type, ports = [] } = data.spec;
    if (type === 'ExternalName') {
      report.warning(['spec', 'type'], {
        code: 'value-not-translated',
        message: 'A Service of type ExternalName has no endpoints here.',
        value: type,
        hint: 'Use a Backend with an fqdn endpoint.',
      });
    }
    return {
      kind: 'Service',
      apiVersion: 'v1',
      metadata: toMetadata(data.metadata, false, report),
      spec: {
        ...(clusterIP === undefined ? {} : { clusterIP }),
        ports: ports.map(({ name, port, protocol, appProtocol, targetPort }) => ({
          name: name ?? '',
          port,
          protocol: protocol ?? 'TCP',
          ...(appProtocol === undefined ? {} : { appProtocol }),
          ...(targetPort === undefined ? {} : { targetPort }),
        })),
        ...(trafficDistribution === undefined ? {} : { trafficDistribution }),
        ...(type === 'ExternalName' ? { external: true as const } : {}),
      },
      at: document.at,
      order: document.order,
    };
  },
};

/** Several ports need different names, and different numbers for one protocol. */
function checkPorts(raw: unknown, report: Report): void {
  const ports = asList(raw);
  if (ports.length < 2) return;
  const names = new Map<unknown, number>();
  const numbers = new Map<string, number>();
  for (const [i, entry] of ports.entries()) {
    const { name, port: number, protocol = 'TCP' } = asObject(entry) ?? {};
    const path = ['spec', 'ports', i];
    if (name === undefined || name === '') {
      report.error([...path, 'name'], {
        code: 'field-missing',
        message: `spec.ports[${i}].name is missing.`,
        rule: 'Where a Service has several ports, each must have a name.',
        hint: 'Add name.',
        point: [...path, 'port'],
      });
    } else if (names.has(name)) {
      report.error([...path, 'name'], {
        code: 'port-duplicate',
        message: `The port name ${String(name)} is taken by spec.ports[${names.get(name)}].`,
        value: name,
        rule: 'The ports of a Service must have different names.',
        hint: 'Rename one of the two.',
      });
    } else names.set(name, i);
    const key = `${String(protocol)}/${String(number)}`;
    if (numbers.has(key)) {
      report.error([...path, 'port'], {
        code: 'port-duplicate',
        message: `The port ${key} is taken by spec.ports[${numbers.get(key)}].`,
        value: number,
        rule: 'The ports of a Service must differ in number or protocol.',
        hint: 'Remove one of the two.',
      });
    } else numbers.set(key, i);
  }
}
