/**
 * Gateway (Gateway API v1). Listeners of protocol HTTP are translated; of the others each is named in a warning and serves
 * nothing. Two listeners must differ in name, and in port, protocol or host name.
 */
import type { ListenerSpec } from '../model/resources.ts';
import { check } from './words/check.ts';
import { asList, asObject, type Report } from './words/findings.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { group, hostname, kindName, objectName, port, refName } from './words/names.ts';
import { checkSelector, selectorSchema, toSelector } from './words/selector.ts';
import { ignored, list, object, oneOf, text, untranslated } from './words/shape.ts';

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
    addresses: untranslated(),
    allowedListeners: untranslated(),
    infrastructure: untranslated(),
    defaultScope: untranslated(),
    tls: untranslated(),
    backendTLS: untranslated(),
  }),
});

export const gateway: Kind = {
  group: 'gateway.networking.k8s.io',
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
          ...(protocol.toUpperCase() === 'HTTP' ? { hint: 'Write it in capitals: HTTP.' } : {}),
        });
      }
      const { from, selector } = allowedRoutes?.namespaces ?? {};
      listeners.push({
        name,
        port: listener.port,
        protocol,
        ...(listener.hostname === undefined ? {} : { hostname: listener.hostname }),
        ...(allowedRoutes === undefined
          ? {}
          : {
              allowedRoutes: {
                namespaces: {
                  from: from ?? 'Same',
                  ...(selector === undefined ? {} : { selector: toSelector(selector) }),
                },
                ...(allowedRoutes.kinds === undefined ? {} : { kinds: allowedRoutes.kinds }),
              },
            }),
      });
    }
    return {
      kind: 'Gateway',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: { gatewayClassName: data.spec.gatewayClassName, listeners },
      at: document.at,
      order: document.order,
    };
  },
};

function checkListeners(raw: unknown, report: Report): void {
  const names = new Map<unknown, number>();
  const places = new Map<string, number>();
  for (const [i, entry] of asList(raw).entries()) {
    const listener = asObject(entry);
    if (listener === undefined) continue;
    const path = ['spec', 'listeners', i];
    const first = names.get(listener.name);
    if (typeof listener.name === 'string' && first !== undefined) {
      report.error([...path, 'name'], {
        code: 'listener-duplicate',
        message: `The listener name ${listener.name} is taken by spec.listeners[${first}].`,
        value: listener.name,
        rule: 'Each listener of a Gateway must have its own name.',
        hint: 'Rename one of the two.',
      });
    } else names.set(listener.name, i);
    const place = JSON.stringify([listener.port, listener.protocol, listener.hostname ?? null]);
    const same = places.get(place);
    if (same !== undefined && listener.port !== undefined) {
      report.error([...path, 'port'], {
        code: 'listener-duplicate',
        message: `The port, protocol and host name are those of spec.listeners[${same}].`,
        value: listener.port,
        rule: 'Two listeners of a Gateway must differ in port, protocol or hostname.',
        hint: 'Remove one of the two, or give it another hostname.',
      });
    } else places.set(place, i);
    if (listener.tls !== undefined && ['HTTP', 'TCP', 'UDP'].includes(String(listener.protocol))) {
      report.error([...path, 'tls'], {
        code: 'field-conflict',
        message: `A listener of protocol ${listener.protocol} must not have tls.`,
        rule: 'tls must not stand beside the protocols HTTP, TCP and UDP.',
        hint: 'Remove tls, or use the protocol HTTPS.',
        point: 'key',
      });
    }
    const namespaces = asObject(asObject(listener.allowedRoutes)?.namespaces);
    const selector = [...path, 'allowedRoutes', 'namespaces', 'selector'];
    checkSelector(namespaces?.selector, selector, report);
    if (namespaces?.from === 'Selector' && namespaces.selector === undefined) {
      report.error(selector, {
        code: 'field-missing',
        message: 'from is Selector, but there is no selector.',
        rule: 'from: Selector needs a selector beside it.',
        hint: 'Add selector, or use from: Same or All.',
        point: [...path, 'allowedRoutes', 'namespaces', 'from'],
      });
    }
  }
}
