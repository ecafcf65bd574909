/**
 * TLSRoute, TCPRoute and UDPRoute (Gateway API v1, and the versions before): whole connections, by server
 * name or by port alone, and datagrams.
 */
import { GATEWAY_GROUP } from '../model/groups.ts';
import type { RouteRule, TCPRoute, TLSRoute, UDPRoute } from '../model/resources.ts';
import { checkPort } from './route-filter-rules.ts';
import { backendObjectShape } from './route-filters.ts';
import { checkParents, checkRuleNames, parentShape, toBackends, toParents } from './route-shape.ts';
import { isIP } from './words/address.ts';
import { check } from './words/check.ts';
import { asList, asObject, type Report } from './words/findings.ts';
import type { Kind } from './words/kind.ts';
import { envelope, toMetadata } from './words/metadata.ts';
import { hostname, objectName } from './words/names.ts';
import { integer, list, object } from './words/shape.ts';

/** v1 has one rule. What the older versions allow beyond that is judged where the route is planned. */
const rules = list(
  object({
    name: objectName().optional(),
    backendRefs: list(object({ ...backendObjectShape, weight: integer(0, 1_000_000).optional() }), 1, 16),
  }),
  1,
  16,
);
const tcpSchema = object({ ...envelope, spec: object({ ...parentShape, rules }) });
const tlsSchema = object({
  ...envelope,
  spec: object({ ...parentShape, hostnames: list(hostname(), 0, 1024).optional(), rules }),
});

/** A port alone says what is for it. */
const portRoute = (kind: 'TCPRoute' | 'UDPRoute'): Kind => ({
  group: GATEWAY_GROUP,
  kind,
  versions: ['v1', 'v1alpha2'],
  clusterScoped: false,
  schema: tcpSchema,
  read(document, report): TCPRoute | UDPRoute | undefined {
    checkConnectionRoute(document.value, report);
    const data = check(tcpSchema, document.value, report);
    if (data === undefined || report.refused) return undefined;
    return {
      kind,
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: {
        parentRefs: toParents(data.spec.parentRefs),
        hostnames: [],
        rules: toRules(data.spec.rules),
      },
      at: document.at,
      order: document.order,
    };
  },
});
export const tcpRoute = portRoute('TCPRoute');
export const udpRoute = portRoute('UDPRoute');

export const tlsRoute: Kind = {
  group: GATEWAY_GROUP,
  kind: 'TLSRoute',
  versions: ['v1', 'v1alpha3', 'v1alpha2'],
  clusterScoped: false,
  schema: tlsSchema,
  read(document, report): TLSRoute | undefined {
    checkConnectionRoute(document.value, report);
    checkHostnames(document.value, report);
    const data = check(tlsSchema, document.value, report);
    if (data === undefined || report.refused) return undefined;
    return {
      kind: 'TLSRoute',
      apiVersion: String(document.value.apiVersion),
      metadata: toMetadata(data.metadata, false, report),
      spec: {
        parentRefs: toParents(data.spec.parentRefs),
        hostnames: [...new Set(data.spec.hostnames ?? [])],
        rules: toRules(data.spec.rules),
      },
      at: document.at,
      order: document.order,
    };
  },
};

const toRules = (raw: ReturnType<typeof rules.parse>): RouteRule<never>[] =>
  raw.map(({ name, backendRefs }) => ({
    name,
    matches: [],
    filters: [],
    backendRefs: toBackends(backendRefs),
  }));

type Value = Readonly<Record<string, unknown>>;
const isOld = ({ apiVersion }: Value): boolean => String(apiVersion).endsWith('/v1alpha2');

function checkConnectionRoute(value: Value, report: Report): void {
  const spec = asObject(value.spec);
  checkParents(spec?.parentRefs, report);
  checkRuleNames(spec?.rules, report);
  const list = asList(spec?.rules);
  if (list.length > 1 && !isOld(value))
    report.error(['spec', 'rules'], {
      code: 'list-length',
      message: `${String(value.kind)} has ${list.length} rules.`,
      value: list.length,
      rule: `A ${String(value.kind)} has one rule: nothing but its listener${value.kind === 'TLSRoute' ? ' and its hostnames' : ''} says which connections it gets.`,
      hint: 'Put the backendRefs into one rule, with weights.',
    });
  for (const [i, rule] of list.entries())
    for (const [j, ref] of asList(asObject(rule)?.backendRefs).entries())
      checkPort(ref, ['spec', 'rules', i, 'backendRefs', j], report);
}

/** From v1alpha3 on a TLSRoute names what it is for. A server name is never an address (RFC 6066). */
function checkHostnames(value: Value, report: Report): void {
  const names = asList(asObject(value.spec)?.hostnames);
  if (names.length === 0 && !isOld(value))
    report.error(['spec', 'hostnames'], {
      code: 'field-missing',
      message: 'spec.hostnames is missing.',
      rule: 'A TLSRoute names at least one host: it gets the connections whose server name (SNI) is that.',
      hint: 'Add hostnames: [NAME], as app.example.com or *.example.com.',
    });
  for (const [i, name] of names.entries())
    if (typeof name === 'string' && isIP(name))
      report.error(['spec', 'hostnames', i], {
        code: 'hostname-invalid',
        message: `hostnames[${i}] must be a host name, not the address ${name}.`,
        value: name,
        rule: 'A client names no address as server name (RFC 6066, section 3).',
      });
}
