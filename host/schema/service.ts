/**
 * Service (core v1): ports and cluster address. The other fields of the real API concern a cluster's own
 * network; they are accepted and ignored.
 */

import { isIP } from './words/address.ts';
import { check } from './words/check.ts';
import { asList, asObject, asText, type Report } from './words/findings.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { port } from './words/names.ts';
import { eachDuplicate } from './words/rules.ts';
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
        clusterIP,
        ports: ports.map(({ name, port, protocol, appProtocol, targetPort }) => ({
          name: name ?? '',
          port,
          protocol: protocol ?? 'TCP',
          appProtocol,
          targetPort,
        })),
        trafficDistribution,
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
  for (const [i, entry] of ports.entries()) {
    const { name } = asObject(entry) ?? {};
    if (name !== undefined && name !== '') continue;
    const path = ['spec', 'ports', i];
    report.error([...path, 'name'], {
      code: 'field-missing',
      message: `spec.ports[${i}].name is missing.`,
      rule: 'Where a Service has several ports, each must have a name.',
      hint: 'Add name.',
      point: [...path, 'port'],
    });
  }
  eachDuplicate(
    ports.map((entry) => asText(asObject(entry)?.name)),
    (name) => name || undefined,
    (i, first, name) =>
      report.error(['spec', 'ports', i, 'name'], {
        code: 'port-duplicate',
        message: `The port name ${name} is taken by spec.ports[${first}].`,
        value: name,
        rule: 'The ports of a Service must have different names.',
        hint: 'Rename one of the two.',
      }),
  );
  const numberOf = (entry: unknown): string => {
    const { port: number, protocol = 'TCP' } = asObject(entry) ?? {};
    return `${String(protocol)}/${String(number)}`;
  };
  eachDuplicate(ports, numberOf, (i, first, entry) =>
    report.error(['spec', 'ports', i, 'port'], {
      code: 'port-duplicate',
      message: `The port ${numberOf(entry)} is taken by spec.ports[${first}].`,
      value: asObject(entry)?.port,
      rule: 'The ports of a Service must differ in number or protocol.',
      hint: 'Remove one of the two.',
    }),
  );
}
