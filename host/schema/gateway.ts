/**
 * Gateway (Gateway API v1). Listeners of protocol HTTP are translated. Each other listener is named in a
 * warning and serves nothing. Two listeners must differ in name, and in port, protocol or host name.
 */

import { given } from '../basics/collections.ts';
import { GATEWAY_GROUP } from '../model/groups.ts';
import type { ListenerSpec } from '../model/resources.ts';
import { canonicalIP, isIP } from './words/address.ts';
import { check } from './words/check.ts';
import { asList, asObject, asText, type Report } from './words/findings.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { group, hostname, kindName, objectName, port, refName } from './words/names.ts';
import { eachDuplicate } from './words/rules.ts';
import { checkNamespaces, selectorSchema, toSelector } from './words/selector.ts';
import { ignored, list, object, oneOf, refused, text, untranslated } from './words/shape.ts';

const schema = object({
  ...envelope,
  spec: object({
    gatewayClassName: refName(),
    listeners: list(
      object({
        name: objectName(),
        port: port(),
        protocol: text({ min: 1, max: 255, rule: 'a protocol, as HTTP' }),
        hostname: hostname().optional(),
        allowedRoutes: object({
          namespaces: object({
            from: oneOf(['All', 'Selector', 'Same', 'None']).optional(),
            selector: selectorSchema.optional(),
          }).optional(),
          kinds: list(object({ group: group().optional(), kind: kindName() }), 0, 8).optional(),
        }).optional(),
        tls: ignored(),
      }),
      1,
      64,
    ),
    addresses: list(
      object({
        type: text({ min: 1, max: 253, rule: 'a type of address, as IPAddress' }).optional(),
        value: text({ min: 1, max: 253 }).optional(),
      }),
      0,
      16,
    ).optional(),
    allowedListeners: untranslated(),
    infrastructure: untranslated(),
    defaultScope: untranslated(),
    tls: object({
      frontend: refused('clients would not be asked for a certificate'),
      backend: untranslated(),
    }).optional(),
    backendTLS: untranslated(),
  }),
});

export const gateway: Kind = {
  group: GATEWAY_GROUP,
  kind: 'Gateway',
  versions: ['v1', 'v1beta1'],
  clusterScoped: false,
  schema,
  read(document, report) {
    checkListeners(asObject(document.value.spec)?.listeners, report);
    const data = check(schema, document.value, report);
    if (data === undefined || report.refused) return undefined;
    const listeners: ListenerSpec[] = [];
    for (const [i, listener] of data.spec.listeners.entries()) {
      const { name, protocol, allowedRoutes } = listener;
      if (protocol !== 'HTTP') {
        report.warning(['spec', 'listeners', i, 'protocol'], {
          code: 'listener-not-translated',
          message: `The listener ${name} has the protocol ${protocol}, which Loadstar does not translate: it serves nothing.`,
          value: protocol,
          rule: 'Only listeners of protocol HTTP are translated.',
          hint: protocol.toUpperCase() === 'HTTP' ? 'Write it in capitals: HTTP.' : undefined,
        });
      }
      const { from, selector } = allowedRoutes?.namespaces ?? {};
      listeners.push({
        name,
        port: listener.port,
        protocol,
        hostname: listener.hostname,
        allowedRoutes: given(allowedRoutes, ({ kinds }) => ({
          namespaces: { from: from ?? 'Same', selector: given(selector, toSelector) },
          kinds,
        })),
      });
    }
    const addresses = toAddresses(data.spec.addresses ?? [], report);
    if (report.refused) return undefined;
    return {
      kind: 'Gateway',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: {
        gatewayClassName: data.spec.gatewayClassName,
        listeners,
        ...(addresses.length === 0 ? {} : { addresses }),
      },
      at: document.at,
      order: document.order,
    };
  },
};

/**
 * Those of type IPAddress (the default). The other types ask a cluster for an address: nobody here could give
 * one.
 */
function toAddresses(
  raw: readonly { readonly type?: string | undefined; readonly value?: string | undefined }[],
  report: Report,
): string[] {
  const addresses: string[] = [];
  for (const [i, { type = 'IPAddress', value }] of raw.entries()) {
    const path = ['spec', 'addresses', i];
    if (type !== 'IPAddress' || value === undefined) {
      report.warning(type === 'IPAddress' ? path : [...path, 'type'], {
        code: 'value-not-translated',
        message: `An address ${value === undefined ? 'without value' : `of type ${type}`} is not translated: the Gateway does not listen there.`,
        value: type,
        rule: 'A Gateway listens on its addresses of type IPAddress; on all addresses of the machine when it has none.',
        hint: 'Write the IP address that Envoy shall listen on.',
      });
    } else if (!isIP(value)) {
      report.error([...path, 'value'], {
        code: 'address-invalid',
        message: `value must be an IP address, not ${JSON.stringify(value)}.`,
        value,
        rule: 'An address of type IPAddress is an IPv4 or IPv6 address.',
      });
    } else if (addresses.includes(canonicalIP(value))) {
      report.error([...path, 'value'], {
        code: 'address-invalid',
        message: `The address ${value} is given twice.`,
        value,
        rule: 'The addresses of a Gateway must differ.',
        hint: 'Remove one of the two.',
      });
    } else addresses.push(canonicalIP(value));
  }
  return addresses;
}

function checkListeners(raw: unknown, report: Report): void {
  const listeners = asList(raw).map(asObject);
  eachDuplicate(
    listeners,
    (listener) => asText(listener?.name),
    (i, first, listener) =>
      report.error(['spec', 'listeners', i, 'name'], {
        code: 'listener-duplicate',
        message: `The listener name ${listener?.name} is taken by spec.listeners[${first}].`,
        value: listener?.name,
        rule: 'Each listener of a Gateway must have its own name.',
        hint: 'Rename one of the two.',
      }),
  );
  eachDuplicate(
    listeners,
    (listener) =>
      listener?.port === undefined
        ? undefined
        : JSON.stringify([listener.port, listener.protocol, listener.hostname ?? null]),
    (i, first, listener) =>
      report.error(['spec', 'listeners', i, 'port'], {
        code: 'listener-duplicate',
        message: `The port, protocol and host name are those of spec.listeners[${first}].`,
        value: listener?.port,
        rule: 'Two listeners of a Gateway must differ in port, protocol or hostname.',
        hint: 'Remove one of the two, or give it another hostname.',
      }),
  );
  for (const [i, listener] of listeners.entries()) {
    if (listener === undefined) continue;
    const path = ['spec', 'listeners', i];
    if (listener.tls !== undefined && ['HTTP', 'TCP', 'UDP'].includes(String(listener.protocol))) {
      report.error([...path, 'tls'], {
        code: 'field-conflict',
        message: `A listener of protocol ${listener.protocol} must not have tls.`,
        rule: 'tls must not stand beside the protocols HTTP, TCP and UDP.',
        hint: 'Remove tls, or use the protocol HTTPS.',
        point: 'key',
      });
    }
    const namespaces = asObject(listener.allowedRoutes)?.namespaces;
    checkNamespaces(namespaces, [...path, 'allowedRoutes', 'namespaces'], report);
  }
}
