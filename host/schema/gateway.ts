/** Gateway (Gateway API v1): its listeners, where they listen, and which ListenerSets it lets in. */

import { isAddressType } from '../model/gateway.ts';
import { ENVOY_GATEWAY_GROUP, GATEWAY_GROUP } from '../model/groups.ts';
import type { Gateway } from '../model/resources.ts';
import { checkFrontend, frontendSchema, toFrontend } from './gateway-frontend.ts';
import { checkListeners, listenersSchema, namespacesSchema, toListeners } from './listeners.ts';
import { canonicalIP, isIP } from './words/address.ts';
import { check } from './words/check.ts';
import { asObject, asText, type Report } from './words/findings.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { group, kindName, refName } from './words/names.ts';
import { objectRef } from './words/object-ref.ts';
import { checkNamespaces, toSelector } from './words/selector.ts';
import { list, object, text, untranslated } from './words/shape.ts';

const schema = object({
  ...envelope,
  spec: object({
    gatewayClassName: refName(),
    listeners: listenersSchema,
    addresses: list(
      object({
        type: text({ min: 1, max: 253, rule: 'a type of address, as IPAddress' }).optional(),
        value: text({ min: 1, max: 253 }).optional(),
      }),
      0,
      16,
    ).optional(),
    allowedListeners: object({ namespaces: namespacesSchema.optional() }).optional(),
    infrastructure: object({
      labels: untranslated(),
      annotations: untranslated(),
      parametersRef: object({ group: group(), kind: kindName(), name: refName() }).optional(),
    }).optional(),
    defaultScope: untranslated(),
    tls: object({
      frontend: frontendSchema.optional(),
      backend: object({ clientCertificateRef: objectRef().optional() }).optional(),
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
    const allowed = asObject(asObject(document.value.spec)?.allowedListeners)?.namespaces;
    checkNamespaces(allowed, ['spec', 'allowedListeners', 'namespaces'], report);
    const data = check(schema, document.value, report);
    if (data === undefined || report.refused) return undefined;
    const listeners = toListeners(data.spec.listeners, report);
    const parameters = parametersOf(document.value.spec);
    const { from = 'None', selector } = data.spec.allowedListeners?.namespaces ?? {};
    const wanted = data.spec.addresses ?? [];
    const unknownAddress = wanted.find(({ type }) => !isAddressType(type));
    const addresses = toAddresses(wanted, report);
    if (report.refused) return undefined;
    return {
      kind: 'Gateway',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: {
        gatewayClassName: data.spec.gatewayClassName,
        listeners,
        allowedListeners: { from, ...(selector === undefined ? {} : { selector: toSelector(selector) }) },
        ...(data.spec.tls?.frontend === undefined ? {} : { frontend: toFrontend(data.spec.tls.frontend) }),
        ...(data.spec.tls?.backend === undefined ? {} : { backend: data.spec.tls.backend }),
        ...(addresses.length === 0 ? {} : { addresses }),
        ...parameters,
        ...(unknownAddress?.type === undefined ? {} : { unknownAddress: unknownAddress.type }),
      },
      at: document.at,
      order: document.order,
    };
  },
};

/** A Gateway may name an EnvoyProxy. */
function parametersOf(spec: unknown): Pick<Gateway['spec'], 'unknownParameters' | 'envoyProxy'> {
  const infrastructure = asObject(asObject(spec)?.infrastructure);
  const ref = asObject(infrastructure?.parametersRef);
  if (ref === undefined) return {};
  if (ref.group === ENVOY_GATEWAY_GROUP && ref.kind === 'EnvoyProxy')
    return { envoyProxy: asText(ref.name) ?? '' };
  return { unknownParameters: `${asText(ref.kind) ?? 'kind'} (${asText(ref.group) ?? 'group'})` };
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
    // A Gateway that has it is refused as a whole.
    if (!isAddressType(type)) continue;
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
