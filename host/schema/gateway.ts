/**
 * Gateway (Gateway API v1). Listeners of protocol HTTP, HTTPS, TLS and TCP are translated. Each other
 * listener is named in a warning and serves nothing. Two listeners must differ in name, and in port, protocol
 * or host name.
 */

import type { z } from 'zod';
import { given } from '../basics/collections.ts';
import { fieldName, type Path } from '../basics/path.ts';
import { ENVOY_GATEWAY_GROUP, GATEWAY_GROUP, isServedProtocol, SERVED_PROTOCOLS } from '../model/groups.ts';
import type { ListenerSpec } from '../model/resources.ts';
import { checkFrontend, frontendSchema, toFrontend } from './gateway-frontend.ts';
import { canonicalIP, isIP } from './words/address.ts';
import { check } from './words/check.ts';
import { asList, asObject, asText, type Report } from './words/findings.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { group, hostname, kindName, labelName, objectName, port, refName } from './words/names.ts';
import { eachDuplicate } from './words/rules.ts';
import { checkNamespaces, selectorSchema, toSelector } from './words/selector.ts';
import { list, object, oneOf, refused, text, untranslated } from './words/shape.ts';

const listenerTls = object({
  mode: oneOf(['Terminate', 'Passthrough']).optional(),
  certificateRefs: list(
    object({
      group: group().optional(),
      kind: kindName().optional(),
      namespace: labelName().optional(),
      name: refName(),
    }),
    0,
    64,
  ).optional(),
  // Envoy Gateway knows none.
  options: untranslated(),
  frontendValidation: refused('clients would not be asked for a certificate'),
});

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
        tls: listenerTls.optional(),
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
      frontend: frontendSchema.optional(),
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
    checkFrontend(asObject(asObject(document.value.spec)?.tls)?.frontend, report);
    const data = check(schema, document.value, report);
    if (data === undefined || report.refused) return undefined;
    const listeners: ListenerSpec[] = [];
    for (const [i, listener] of data.spec.listeners.entries()) {
      const { name, protocol, allowedRoutes } = listener;
      if (!isServedProtocol(protocol)) {
        report.warning(['spec', 'listeners', i, 'protocol'], {
          code: 'listener-not-translated',
          message: `The listener ${name} has the protocol ${protocol}, which Loadstar does not translate: it serves nothing.`,
          value: protocol,
          rule: `Only listeners of protocol ${SERVED_PROTOCOLS.join(', ')} are translated.`,
          hint: isServedProtocol(protocol.toUpperCase())
            ? `Write it in capitals: ${protocol.toUpperCase()}.`
            : undefined,
        });
      }
      const { from, selector } = allowedRoutes?.namespaces ?? {};
      listeners.push({
        name,
        port: listener.port,
        protocol,
        hostname: listener.hostname,
        ...(listener.tls === undefined ? {} : { tls: toTls(listener.tls) }),
        allowedRoutes: given(allowedRoutes, ({ kinds }) => ({
          namespaces: { from: from ?? 'Same', selector: given(selector, toSelector) },
          kinds,
        })),
      });
    }
    const unknownParameters = unknownParametersOf(document.value.spec);
    const addresses = toAddresses(data.spec.addresses ?? [], report);
    if (report.refused) return undefined;
    return {
      kind: 'Gateway',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: {
        gatewayClassName: data.spec.gatewayClassName,
        listeners,
        ...(data.spec.tls?.frontend === undefined ? {} : { frontend: toFrontend(data.spec.tls.frontend) }),
        ...(addresses.length === 0 ? {} : { addresses }),
        ...(unknownParameters === undefined ? {} : { unknownParameters }),
      },
      at: document.at,
      order: document.order,
    };
  },
};

/** A Gateway may name an EnvoyProxy, which says how Envoy runs and has no effect here. */
function unknownParametersOf(spec: unknown): string | undefined {
  const infrastructure = asObject(asObject(spec)?.infrastructure);
  const ref = asObject(infrastructure?.parametersRef);
  if (ref === undefined || (ref.group === ENVOY_GATEWAY_GROUP && ref.kind === 'EnvoyProxy')) return undefined;
  return `${asText(ref.kind) ?? 'kind'} (${asText(ref.group) ?? 'group'})`;
}

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

const toTls = ({
  mode = 'Terminate',
  certificateRefs = [],
}: z.output<typeof listenerTls>): NonNullable<ListenerSpec['tls']> => ({
  mode,
  certificateRefs: certificateRefs.map(({ group = '', kind = 'Secret', namespace, name }) => ({
    group,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
  })),
});

/** What the API server demands of `tls` where the protocol is HTTPS or TLS. */
function checkTls(listener: Readonly<Record<string, unknown>>, path: Path, report: Report): void {
  const tls = asObject(listener.tls);
  const { protocol } = listener;
  if (protocol === 'TLS' && listener.tls === undefined)
    report.error([...path, 'tls'], {
      code: 'field-missing',
      message: `${fieldName([...path, 'tls'])} is missing.`,
      rule: 'A listener of protocol TLS says by tls.mode who ends TLS: itself (Terminate) or the backend (Passthrough).',
      hint: 'Add tls: {mode: Passthrough}, or tls: {mode: Terminate, certificateRefs: [{name: NAME}]}.',
      point: [...path, 'protocol'],
    });
  if (tls === undefined || (protocol !== 'HTTPS' && protocol !== 'TLS')) return;
  if (protocol === 'TLS' && tls.mode === 'Passthrough') return;
  if (tls.mode === 'Passthrough')
    report.error([...path, 'tls', 'mode'], {
      code: 'field-conflict',
      message: 'A listener of protocol HTTPS must not have the mode Passthrough.',
      value: tls.mode,
      rule: 'The mode must be Terminate where the protocol is HTTPS.',
      hint: 'Write mode: Terminate, or remove mode.',
    });
  if (asList(tls.certificateRefs).length === 0 && tls.options === undefined)
    report.error([...path, 'tls', 'certificateRefs'], {
      code: 'field-missing',
      message: `${fieldName([...path, 'tls', 'certificateRefs'])} is missing.`,
      rule: 'Where the mode is Terminate, certificateRefs must name at least one Secret.',
      hint: 'Add certificateRefs: [{name: NAME}], and the Secret NAME (kubectl create secret tls).',
      point: [...path, 'tls'],
    });
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
    if (listener.hostname !== undefined && ['TCP', 'UDP'].includes(String(listener.protocol))) {
      report.error([...path, 'hostname'], {
        code: 'field-conflict',
        message: `A listener of protocol ${listener.protocol} must not have a hostname.`,
        value: listener.hostname,
        rule: 'A plain connection names no host: hostname must not stand beside the protocols TCP and UDP.',
        hint: 'Remove hostname, or use the protocol TLS.',
        point: 'key',
      });
    }
    checkTls(listener, path, report);
    const namespaces = asObject(listener.allowedRoutes)?.namespaces;
    checkNamespaces(namespaces, [...path, 'allowedRoutes', 'namespaces'], report);
  }
}
