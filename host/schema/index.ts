/**
 * Documents → typed resources: by apiVersion and kind to the file of the kind. What is not a kind of ours is told apart: kinds of
 * the two APIs that are not translated (a warning), kinds of a cluster that mean nothing here (a notice), and mistakes.
 */
import { type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts';
import { nearestName } from '../diagnostics/nearest.ts';
import type { Document } from '../manifests/documents.ts';
import type { AnyResource } from '../model/resources.ts';
import { backend } from './backend.ts';
import { endpointSlice } from './endpoint-slice.ts';
import { gateway } from './gateway.ts';
import { gatewayClass } from './gateway-class.ts';
import { grpcRoute } from './grpc-route.ts';
import { httpRoute } from './http-route.ts';
import { namespace } from './namespace.ts';
import { isUntranslated, ourGroups } from './other-kinds.ts';
import { warnOfAnnotations } from './policy/annotations.ts';
import { backendTrafficPolicy } from './policy/backend-traffic-policy.ts';
import { referenceGrant } from './reference-grant.ts';
import { service } from './service.ts';
import { standIn } from './stand-in.ts';
import { asObject, Report } from './words/findings.ts';
import { apiVersionOf, type Kind } from './words/kind.ts';

export { parsePolicySpec } from './policy/backend-traffic-policy.ts';

/** All that is translated. */
export const kinds: readonly Kind[] = [
  gatewayClass,
  gateway,
  httpRoute,
  grpcRoute,
  service,
  endpointSlice,
  backend,
  backendTrafficPolicy,
  referenceGrant,
  namespace,
];
const byName = new Map(kinds.map((kind) => [`${kind.group}/${kind.kind}`, kind]));

export interface Read {
  /** Absent when the document is refused, or is no kind that is translated. */
  readonly resource?: AnyResource;
  /** Of a refused document, for messages alone. */
  readonly standIn?: AnyResource;
  readonly diagnostics: Diagnostic[];
}

/** One document. */
export function readResource(document: Document): Read {
  const report = new Report(document, nameOf(document));
  const { diagnostics } = report;
  const kind = kindOf(document, report);
  if (kind !== undefined && kind !== backendTrafficPolicy)
    warnOfAnnotations(asObject(document.value.metadata)?.annotations, kind.kind, report);
  const resource = kind?.read(document, report);
  if (resource !== undefined && !report.refused) return { resource, diagnostics };
  const left = kind === undefined ? undefined : standIn(kind, document, report.refusedPaths);
  return left === undefined ? { diagnostics } : { standIn: left, diagnostics };
}

/** All documents, in order. */
export function readResources(documents: readonly Document[]): {
  resources: AnyResource[];
  standIns: AnyResource[];
  /** `HTTPRoute default/shop`, of each refused document that says so much. */
  refused: string[];
  diagnostics: Diagnostic[];
} {
  const resources: AnyResource[] = [];
  const standIns: AnyResource[] = [];
  const refused: string[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const document of documents) {
    const read = readResource(document);
    if (read.resource !== undefined) resources.push(read.resource);
    if (read.standIn !== undefined) standIns.push(read.standIn);
    const name = nameOf(document);
    if (name !== undefined && read.resource === undefined && hasErrors(read.diagnostics)) refused.push(name);
    for (const diagnostic of read.diagnostics) diagnostics.push(diagnostic);
  }
  return { resources, standIns, refused, diagnostics };
}

/** `HTTPRoute default/backend`, as far as the document tells. */
function nameOf({ value }: Document): string | undefined {
  const { kind } = value;
  if (typeof kind !== 'string') return undefined;
  const { name, namespace: ns } = asObject(value.metadata) ?? {};
  if (typeof name !== 'string') return kind;
  const clusterScoped = kinds.find((k) => k.kind === kind)?.clusterScoped === true;
  return `${kind} ${clusterScoped ? '' : `${typeof ns === 'string' ? ns : 'default'}/`}${name}`;
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
      ...(value === undefined ? {} : { value }),
      rule: 'A manifest must have apiVersion, kind and metadata.',
      hint: `Add ${field}, as ${example}.`,
    });
  }
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || report.refused) return undefined;
  const slash = apiVersion.indexOf('/');
  const [group, version] =
    slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
  const found = byName.get(`${group}/${kind}`);
  if (found === undefined) {
    tellUnknown(group, kind, apiVersion, report);
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

function tellUnknown(group: string, kind: string, apiVersion: string, report: Report): void {
  const elsewhere = kinds.find((k) => k.kind === kind);
  if (isUntranslated(group, kind)) {
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
      const message = `The kind ${kind} (${apiVersion}) is not used: it has no effect on load balancing.`;
      const meant = meantVersion(group, kind, apiVersion);
      if (meant !== undefined) {
        const hint = `Did you mean apiVersion: ${meant}?`;
        report.warning(['apiVersion'], { code: 'kind-not-used', message, value: apiVersion, hint });
      } else {
        report.notice(['kind'], {
          code: 'kind-not-used',
          message,
          value: kind,
          ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
        });
      }
    }
  }
}

/** Of a kind of ours in a group that is foreign, or of a group that is nearly one of ours. */
function meantVersion(group: string, kind: string, apiVersion: string): string | undefined {
  const own = kinds.find((k) => k.kind === kind);
  if (own !== undefined) return apiVersionOf(own);
  const near = nearestName(group, ourGroups);
  return near === undefined ? undefined : near + apiVersion.slice(group.length);
}
