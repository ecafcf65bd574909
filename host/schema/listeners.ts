/**
 * `spec.listeners` of a Gateway and of a ListenerSet (Gateway API v1): fields, rules between them, and what
 * becomes of each. A listener of a protocol that is not served is named in a warning and serves nothing.
 */
import type { z } from 'zod';
import { given } from '../basics/collections.ts';
import { fieldName, type Path } from '../basics/path.ts';
import { isServedProtocol, SERVED_PROTOCOLS } from '../model/groups.ts';
import type { ListenerSpec } from '../model/resources.ts';
import { asList, asObject, asText, type Report } from './words/findings.ts';
import { group, hostname, kindName, objectName, port } from './words/names.ts';
import { objectRef } from './words/object-ref.ts';
import { eachDuplicate } from './words/rules.ts';
import { checkNamespaces, selectorSchema, toSelector } from './words/selector.ts';
import { list, object, oneOf, refused, text, untranslated } from './words/shape.ts';

const listenerTls = object({
  mode: oneOf(['Terminate', 'Passthrough']).optional(),
  certificateRefs: list(objectRef(), 0, 64).optional(),
  // Envoy Gateway knows none.
  options: untranslated(),
  frontendValidation: refused('clients would not be asked for a certificate'),
});

/** Which namespaces may attach. */
export const namespacesSchema = object({
  from: oneOf(['All', 'Selector', 'Same', 'None']).optional(),
  selector: selectorSchema.optional(),
});

export const listenersSchema = list(
  object({
    name: objectName(),
    port: port(),
    protocol: text({ min: 1, max: 255, rule: 'a protocol, as HTTP' }),
    hostname: hostname().optional(),
    allowedRoutes: object({
      namespaces: namespacesSchema.optional(),
      kinds: list(object({ group: group().optional(), kind: kindName() }), 0, 8).optional(),
    }).optional(),
    tls: listenerTls.optional(),
  }),
  1,
  64,
);

export function toListeners(
  checked: ReturnType<typeof listenersSchema.parse>,
  report: Report,
): ListenerSpec[] {
  const listeners: ListenerSpec[] = [];
  for (const [i, listener] of checked.entries()) {
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
  return listeners;
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

/** Rules between fields; on raw values, so that all are found in one run. */
export function checkListeners(raw: unknown, report: Report): void {
  const listeners = asList(raw).map(asObject);
  eachDuplicate(
    listeners,
    (listener) => asText(listener?.name),
    (i, first, listener) =>
      report.error(['spec', 'listeners', i, 'name'], {
        code: 'listener-duplicate',
        message: `The listener name ${listener?.name} is taken by spec.listeners[${first}].`,
        value: listener?.name,
        rule: 'Each listener of a Gateway or ListenerSet must have its own name.',
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
        rule: 'Two listeners of a Gateway or ListenerSet must differ in port, protocol or hostname.',
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
