/**
 * The kind of a document, by apiVersion and kind. Others are told: kinds of the two APIs that are not
 * translated (a warning), kinds of a cluster without meaning here (a notice), and mistakes.
 */
import { given } from '../basics/collections.ts';
import { nearestName } from '../diagnostics/nearest.ts';
import type { Document } from '../manifests/documents.ts';
import { kinds } from './kinds.ts';
import { otherKind, ourGroups } from './other-kinds.ts';
import { routingKindHint } from './routing-kinds.ts';
import type { Report } from './words/findings.ts';
import { apiVersionOf, groupOf, type Kind } from './words/kind.ts';

const byName = new Map(kinds.map((kind) => [`${kind.group}/${kind.kind}`, kind]));

export function kindOf(document: Document, report: Report): Kind | undefined {
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
  if (otherKind(group, kind) !== undefined) {
    report.warning(['kind'], {
      code: 'kind-not-translated',
      message: `The kind ${kind} is not translated: this document has no effect.`,
      value: kind,
      hint:
        kind === 'XListenerSet'
          ? 'Write apiVersion: gateway.networking.k8s.io/v1 and kind: ListenerSet, which took its place.'
          : 'Remove it, or do without what it asks for.',
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
