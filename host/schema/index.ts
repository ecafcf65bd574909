/**
 * Documents → typed resources: by apiVersion and kind to the file of the kind. Other kinds are: kinds of the
 * two APIs that are not translated (a warning), kinds of a cluster without meaning here (a notice), and
 * mistakes.
 */
import { given } from '../basics/collections.ts';
import { Recent } from '../basics/recent.ts';
import {
  type Diagnostic,
  hasErrors,
  type ResourceName,
  resourceTitle,
  shortPlace,
} from '../diagnostics/diagnostic.ts';
import { movedDiagnostic, movedLocate } from '../diagnostics/moved.ts';
import { nearestName } from '../diagnostics/nearest.ts';
import type { Document } from '../manifests/documents.ts';
import type { AnyResource } from '../model/resources.ts';
import { backend } from './backend.ts';
import { backendTlsPolicy } from './backend-tls-policy.ts';
import { clientTrafficPolicy } from './clients/client-traffic-policy.ts';
import { configMap } from './config-map.ts';
import { tcpRoute, tlsRoute, udpRoute } from './connection-route.ts';
import { endpointSlice } from './endpoint-slice.ts';
import { gateway } from './gateway.ts';
import { gatewayClass } from './gateway-class.ts';
import { grpcRoute } from './grpc-route.ts';
import { httpRoute } from './http-route.ts';
import { httpRouteFilter } from './http-route-filter.ts';
import { listenerSet } from './listener-set.ts';
import { namespace } from './namespace.ts';
import { otherKind, ourGroups } from './other-kinds.ts';
import { warnOfAnnotations } from './policy/annotations.ts';
import { backendTrafficPolicy } from './policy/backend-traffic-policy.ts';
import { protecting } from './protecting.ts';
import { protection } from './protection.ts';
import { referenceGrant } from './reference-grant.ts';
import { routingKindHint } from './routing-kinds.ts';
import { secret, secretHides } from './secret.ts';
import { securityPolicy } from './security/security-policy.ts';
import { service } from './service.ts';
import { standIn } from './stand-in.ts';
import { asObject, Report } from './words/findings.ts';
import { apiVersionOf, groupOf, type Kind } from './words/kind.ts';
import { tellSwitches } from './words/switches.ts';
import { checkWellFormed } from './words/well-formed.ts';

export { mergeSpecs } from './policy/merge.ts';
export { mergeSecurity } from './security/merge.ts';

/** All that is translated. */
export const kinds: readonly Kind[] = [
  gatewayClass,
  gateway,
  listenerSet,
  httpRoute,
  grpcRoute,
  tlsRoute,
  tcpRoute,
  udpRoute,
  service,
  endpointSlice,
  backend,
  backendTrafficPolicy,
  clientTrafficPolicy,
  securityPolicy,
  referenceGrant,
  namespace,
  secret,
  configMap,
  backendTlsPolicy,
  httpRouteFilter,
];
const kindNames: ReadonlySet<string> = new Set(kinds.map(({ kind }) => kind));
const byName = new Map(kinds.map((kind) => [`${kind.group}/${kind.kind}`, kind]));

export interface Read {
  /** Absent when the document is refused and protects nothing, or is no kind that is read. */
  readonly resource?: AnyResource;
  /** Made of a refused document, for messages only. */
  readonly standIn?: AnyResource;
  readonly diagnostics: readonly Diagnostic[];
}

/** One document. */
export function readResource(document: Document): Read {
  const hides = document.value.kind === 'Secret' ? secretHides : undefined;
  const report = new Report(document, given(nameOf(document), resourceTitle), hides);
  const { diagnostics } = report;
  checkWellFormed(document.value, report);
  const protects = protecting(document, kindNames);
  const closed = given(protects, ({ kind }) => protection(kind, document));
  if (document.damaged !== undefined) return { resource: closed, diagnostics: [] };
  if (report.refused || (closed !== undefined && protects?.untranslated))
    return { resource: closed, diagnostics };
  const kind = kindOf(document, report);
  if (kind !== undefined && kind !== backendTrafficPolicy)
    warnOfAnnotations(asObject(document.value.metadata)?.annotations, kind.kind, report);
  if (kind !== undefined && kind !== secret && kind !== configMap) tellSwitches(document, report);
  const resource = kind?.read(document, report);
  // What a key that stands twice hides may be a target.
  const whole = closed === undefined || (document.repeatedKeys ?? []).length === 0;
  if (resource !== undefined && !report.refused && whole) return { resource, diagnostics };
  if (closed !== undefined && kind === undefined && !report.refused)
    return { resource: closed, diagnostics: [versionless(document)] };
  const left = kind === undefined ? undefined : standIn(kind, document, report.refusedPaths);
  return { resource: closed, standIn: left, diagnostics };
}

/** Instead of the message that the document has no effect: it closes what it targets. */
function versionless(document: Document): Diagnostic {
  const { apiVersion, kind } = document.value;
  const report = new Report(document, given(nameOf(document), resourceTitle));
  report.error(['apiVersion'], {
    code: 'version-unknown',
    message: `There is no ${kind} in ${apiVersion}.`,
    value: apiVersion,
    rule: 'An apiVersion is a group and a version, as gateway.networking.k8s.io/v1.',
    hint: 'Correct the apiVersion.',
  });
  return report.diagnostics[0]!;
}

/** What was read, by the value that it was read from. */
export type KnownReads = Recent<object, { readonly read: Read; readonly linesBefore: number }>;

/** All documents, in order. `known`: those that did not change are not read again. */
export function readResources(
  documents: readonly Document[],
  known: KnownReads = new Recent(),
): {
  resources: AnyResource[];
  standIns: AnyResource[];
  /** Of the refused documents those that have a kind. */
  refused: ResourceName[];
  diagnostics: Diagnostic[];
} {
  const resources: AnyResource[] = [];
  const standIns: AnyResource[] = [];
  const refused: ResourceName[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const document of documents) {
    const read = readKnown(document, known);
    if (read.resource !== undefined) resources.push(read.resource);
    if (read.standIn !== undefined) standIns.push(read.standIn);
    const name = nameOf(document);
    const isRefused = read.resource === undefined || 'protects' in read.resource;
    if (name !== undefined && isRefused && hasErrors(read.diagnostics)) refused.push(name);
    for (const diagnostic of read.diagnostics) diagnostics.push(diagnostic);
  }
  return { resources, standIns, refused, diagnostics: joined(diagnostics) };
}

function readKnown(document: Document, known: KnownReads): Read {
  const { value, linesBefore, order } = document;
  const made = known.of(value, () => ({ read: readResource(document), linesBefore }));
  const lines = linesBefore - made.linesBefore;
  const { resource, standIn: left, diagnostics } = made.read;
  const here = <T extends AnyResource>(one: T | undefined): T | undefined =>
    one === undefined || (lines === 0 && one.order === order)
      ? one
      : { ...one, at: movedLocate(one.at, lines), order };
  return {
    resource: here(resource),
    standIn: here(left),
    diagnostics: diagnostics.map((found) => movedDiagnostic(found, lines)),
  };
}

/** A folder of a cluster holds hundreds of documents of foreign kinds: one line for each kind. */
function joined(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const places = new Map<string, { index: number; count: number }>();
  const kept: Diagnostic[] = [];
  for (const found of diagnostics) {
    const id = `${found.severity} ${found.message}`;
    const same = found.code === 'kind-not-used' ? places.get(id) : undefined;
    if (same !== undefined) same.count++;
    else {
      if (found.code === 'kind-not-used') places.set(id, { index: kept.length, count: 1 });
      kept.push(found);
    }
  }
  for (const { index, count } of places.values()) {
    const { code, severity, message, at, hint } = kept[index]!;
    if (count === 1) continue;
    const many = message.replace('this document has', `${count} documents have`);
    const first = at === undefined ? '' : ` The first: ${shortPlace(at)}.`;
    kept[index] = { code, severity, message: `${many}${first}`, ...(hint === undefined ? {} : { hint }) };
  }
  return kept;
}

/** As far as the document tells. */
function nameOf({ value }: Document): ResourceName | undefined {
  const { kind } = value;
  if (typeof kind !== 'string') return undefined;
  const { name, namespace: ns } = asObject(value.metadata) ?? {};
  if (typeof name !== 'string') return { kind };
  const clusterScoped = kinds.find((k) => k.kind === kind)?.clusterScoped === true;
  return { kind, namespace: clusterScoped ? '' : typeof ns === 'string' ? ns : 'default', name };
}

function kindOf(document: Document, report: Report): Kind | undefined {
  const { apiVersion, kind } = document.value;
  for (const [field, value, example] of [
    ['apiVersion', apiVersion, 'gateway.networking.k8s.io/v1'],
    ['kind', kind, 'HTTPRoute'],
  ] as const) {
    if (typeof value === 'string' && value !== '') continue;
    report.error([field], {
      code: value === undefined ? 'field-missing' : 'field-type',
      message:
        value === undefined ? `${field} is missing.` : `${field} must be text, not ${JSON.stringify(value)}.`,
      value,
      rule: 'A manifest must have apiVersion, kind and metadata.',
      hint: `Add ${field}, as ${example}.`,
    });
  }
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || report.refused) return undefined;
  const group = groupOf(apiVersion);
  const version = group === '' ? apiVersion : apiVersion.slice(group.length + 1);
  const found = byName.get(`${group}/${kind}`);
  if (found === undefined) {
    tellUnknown(group, kind, apiVersion, report);
    tellDemanded(group, kind, document.value.spec, report);
    return undefined;
  }
  if (!found.versions.includes(version)) {
    report.error(['apiVersion'], {
      code: 'version-unknown',
      message: `${kind} is not read in version ${version}.`,
      value: apiVersion,
      rule: `The versions of ${kind} that are read: ${found.versions.join(', ')}.`,
      hint: `Write apiVersion: ${apiVersionOf(found)}.`,
    });
    return undefined;
  }
  return found;
}

/** A field that demands something of connections, in a document that is left out otherwise. */
function tellDemanded(group: string, kind: string, spec: unknown, report: Report): void {
  for (const field of otherKind(group, kind)?.demands ?? []) {
    const value = asObject(spec)?.[field];
    if (value === undefined) continue;
    report.error(['spec', field], {
      code: 'protection-not-translated',
      message: `${field} of ${kind} is not translated: backends would be called without what it demands.`,
      rule: `${kind} has no effect here.`,
      hint: 'Give each Backend its own tls, or the Gateway spec.tls.backend, and remove it here.',
    });
  }
}

function tellUnknown(group: string, kind: string, apiVersion: string, report: Report): void {
  const elsewhere = kinds.find((k) => k.kind === kind);
  if (otherKind(group, kind) !== undefined) {
    report.warning(['kind'], {
      code: 'kind-not-translated',
      message: `The kind ${kind} is not translated: this document has no effect.`,
      value: kind,
      hint: 'Remove it, or do without what it asks for.',
    });
  } else if (elsewhere !== undefined && (ourGroups.includes(group) || group === '')) {
    report.error(['apiVersion'], {
      code: 'kind-unknown',
      message: `There is no ${kind} in ${apiVersion}.`,
      value: apiVersion,
      rule: `${kind} belongs to ${apiVersionOf(elsewhere)}.`,
      hint: `Write apiVersion: ${apiVersionOf(elsewhere)}.`,
    });
  } else {
    const near = nearestName(
      kind,
      kinds.filter((k) => k.group === group).map((k) => k.kind),
    );
    if (ourGroups.includes(group) || (near !== undefined && near.toLowerCase() === kind.toLowerCase())) {
      report.error(['kind'], {
        code: 'kind-unknown',
        message: `There is no kind ${kind} in ${apiVersion}.`,
        value: kind,
        hint: near === undefined ? 'Remove the document.' : `Did you mean ${near}?`,
      });
    } else {
      const message = `Loadstar does not read the kind ${kind} (${apiVersion}): this document has no effect.`;
      const routing = routingKindHint(group, kind);
      const meant = meantVersion(group, kind, apiVersion);
      if (meant !== undefined) {
        const hint = `Did you mean apiVersion: ${meant}?`;
        report.warning(['apiVersion'], { code: 'kind-not-used', message, value: apiVersion, hint });
      } else if (routing !== undefined) {
        report.warning(['kind'], { code: 'kind-not-used', message, value: kind, hint: routing });
      } else {
        report.notice(['kind'], {
          code: 'kind-not-used',
          message,
          value: kind,
          hint: given(near, (name) => `Did you mean ${name}?`),
        });
      }
    }
  }
}

/** For a known kind in an unknown group, or a group that is nearly a known one. */
function meantVersion(group: string, kind: string, apiVersion: string): string | undefined {
  const own = kinds.find((k) => k.kind === kind);
  if (own !== undefined) return apiVersionOf(own);
  const near = nearestName(group, ourGroups);
  return near === undefined ? undefined : near + apiVersion.slice(group.length);
}
