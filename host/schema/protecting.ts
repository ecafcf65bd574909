/**
 * Which documents protect: the kinds of other-kinds.ts that do, and our own policies when they are refused.
 * Without them their targets would be open, so that protection.ts makes of each what closes them.
 */
import { nearestName } from '../diagnostics/nearest.ts';
import type { Document } from '../manifests/documents.ts';
import { backendTlsPolicy } from './backend-tls-policy.ts';
import { clientTrafficPolicy } from './clients/client-traffic-policy.ts';
import { kinds } from './kinds.ts';
import { allBut, otherKind, otherKinds, ourGroups, type ProtectingKind } from './other-kinds.ts';
import { backendTrafficPolicy, tuning } from './policy/backend-traffic-policy.ts';
import { securityPolicy } from './security/security-policy.ts';
import { groupOf } from './words/kind.ts';

/** Kinds that are translated, so that they protect in this way only when they are refused. */
const ours: readonly ProtectingKind[] = [
  {
    group: backendTrafficPolicy.group,
    kind: 'BackendTrafficPolicy (refused)',
    // A field that we do not know of may be a limit that is written wrong.
    open: allBut(...tuning),
  },
  {
    group: backendTlsPolicy.group,
    kind: 'BackendTLSPolicy (refused)',
    open: () => 'called in plain text',
  },
  {
    group: clientTrafficPolicy.group,
    kind: 'ClientTrafficPolicy (refused)',
    // The rest keeps clients out, or decides whom and what routes and backends believe.
    open: allBut('tcpKeepalive', 'http2', 'http3', 'grpc', 'healthCheck', 'scheme'),
  },
  {
    group: securityPolicy.group,
    kind: 'SecurityPolicy (refused)',
    // It lets a browser show answers to pages of other origins: without it there is less, not more.
    open: allBut('cors'),
  },
];
const others = otherKinds.filter((one): one is ProtectingKind => one.open !== undefined);
const nameOf = ({ kind }: ProtectingKind): string => kind.replace(' (refused)', '');

const names = [...ours, ...others].map(nameOf);
const translated: ReadonlySet<string> = new Set(kinds.map(({ kind }) => kind));

export interface Protecting {
  readonly kind: ProtectingKind;
  /** Its kind is not translated at all, and its apiVersion and kind are those of the API. */
  readonly untranslated: boolean;
}

/**
 * By group and kind. A document that is refused for its apiVersion (none, without a version, of another group
 * of ours) or for the spelling of its kind still says what it was meant to be; the name of a kind that is
 * translated is no misspelt one.
 */
export function protecting({ value: { apiVersion, kind } }: Document): Protecting | undefined {
  if (typeof kind !== 'string') return undefined;
  const group = groupOf(apiVersion);
  const exact = others.find((one) => one.group === group && one.kind === kind);
  if (exact !== undefined) return { kind: exact, untranslated: true };
  const isKind = translated.has(kind) || otherKind(group, kind) !== undefined;
  const name = isKind ? kind : (nearestName(kind, names) ?? kind);
  const same = [...ours, ...others].filter((one) => nameOf(one).toLowerCase() === name.toLowerCase());
  const written = group === '' && typeof apiVersion === 'string' ? apiVersion : group;
  const meant =
    same.find((one) => one.group === written) ??
    same.find(() => ourGroups.includes(written) || (group === '' && !written.includes('.')));
  return meant === undefined ? undefined : { kind: meant, untranslated: false };
}
