/** Documents → typed resources, each by the file of its kind (kinds.ts), and what is told of them. */
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
import type { Document } from '../manifests/documents.ts';
import type { AnyResource } from '../model/resources.ts';
import { configMap } from './config-map.ts';
import { kindOf } from './find-kind.ts';
import { kinds } from './kinds.ts';
import { warnOfAnnotations } from './policy/annotations.ts';
import { backendTrafficPolicy } from './policy/backend-traffic-policy.ts';
import { protecting } from './protecting.ts';
import { protection } from './protection.ts';
import { secret, secretHides } from './secret.ts';
import { standIn } from './stand-in.ts';
import { asObject, Report } from './words/findings.ts';
import { tellSwitches } from './words/switches.ts';
import { checkWellFormed } from './words/well-formed.ts';

export { kinds } from './kinds.ts';
export { mergeSpecs } from './policy/merge.ts';
export { mergeSecurity } from './security/merge.ts';

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
  const protects = protecting(document);
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
