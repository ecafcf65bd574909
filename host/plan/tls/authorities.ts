/**
 * References to certificates of authorities → the bundle that backends or clients are verified by, or why
 * there is none, in Envoy Gateway's words (v1.9.1, getCaCertsFromCARefs). One reference that cannot be
 * resolved spoils all: who asks for verification gets it whole. Beside that, every certificate has to be one
 * that Envoy reads.
 */
import type { X509Certificate } from 'node:crypto';
import type { Path } from '../../basics/path.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ModelIndex } from '../../model/index.ts';
import type {
  AuthorityRef,
  Backend,
  BackendTLSPolicy,
  ClientTrafficPolicy,
  ConfigMap,
  Gateway,
  Secret,
} from '../../model/resources.ts';
import type { Permits } from '../attach/grants.ts';
import { about, keyOf, label } from '../from.ts';
import { certificateIn, type PemBlock, pemBlocks, pemText } from './pem.ts';
import { entryPath } from './secret-refs.ts';

/** Whom the certificate of a backend or of a client must lead to. */
export interface Authority {
  /** Stays the same when the certificates are renewed: `ca/backendtlspolicy/default/shop`. */
  readonly name: string;
  /** One or more certificates. */
  readonly pem: string;
  /** `ConfigMap default/ca`: where they come from. */
  readonly sources: readonly string[];
  /** Milliseconds since 1970: the last to end. */
  readonly expires: number;
  /** Certificates that count no longer. */
  readonly crl?: { readonly pem: string; readonly onlyLeaf: boolean };
}
export interface AuthorityFault {
  readonly reason: 'InvalidKind' | 'InvalidCACertificateRef' | 'RefNotPermitted';
  /** Envoy Gateway's, without a capital and a full stop. */
  readonly message: string;
  readonly diagnostic: Diagnostic;
}
export type ReadAuthority =
  | { readonly authority: Authority; readonly fault?: undefined }
  | { readonly authority?: undefined; readonly fault: AuthorityFault };

export type AuthorityOwner = BackendTLSPolicy | Backend | ClientTrafficPolicy | Gateway;
export type Source = ConfigMap | Secret;
interface Reading {
  /** Instead of that of the owner. */
  readonly name?: string;
  /** Present: references may lead to namespaces that permit it. */
  readonly permits?: Permits;
  /** What is so until the reference is good. */
  readonly until?: string;
  /** Keys of values, in order of preference. */
  readonly keys?: readonly string[];
}
const UNTIL = 'until then requests answer 500';

/** Of one ConfigMap or Secret: the API server's own limit. */
export const MAX_AUTHORITY_BYTES = 1_048_576;
/** In this order; a single value counts whatever its name is, as in Envoy Gateway. */
const NAMES = ['ca.crt', 'tls.crt'];
const UNSUPPORTED =
  'Unsupported reference kind, supported kinds are ConfigMap, Secret, and ClusterTrustBundle in caCertificateRefs';

/** @param path Of the list of references in `owner`. */
export function readAuthority(
  index: ModelIndex,
  owner: AuthorityOwner,
  path: Path,
  refs: readonly AuthorityRef[],
  reading: Reading = {},
): ReadAuthority {
  const blocks: PemBlock[] = [];
  const ends: number[] = [];
  const sources: string[] = [];
  const { namespace } = owner.metadata;
  for (const [i, ref] of refs.entries()) {
    const found = resolveSource(index, owner, [...path, i], ref, reading);
    if ('fault' in found) return found;
    const read = certificatesOf(found.source, owner, [...path, i], reading.keys ?? NAMES);
    if ('fault' in read) return read;
    blocks.push(...read.blocks);
    ends.push(...read.certificates.map(({ validTo }) => Date.parse(validTo)));
    sources.push(`${ref.kind} ${ref.namespace ?? namespace}/${ref.name}`);
  }
  return {
    authority: {
      name: reading.name ?? `ca/${owner.kind.toLowerCase()}/${keyOf(owner)}`,
      pem: pemText(blocks),
      sources,
      expires: Math.max(...ends),
    },
  };
}

/** The ConfigMap or Secret that is referred to. */
export function resolveSource(
  index: ModelIndex,
  owner: AuthorityOwner,
  path: Path,
  { group, kind, name, namespace = owner.metadata.namespace }: AuthorityRef,
  { permits, until = UNTIL }: Reading = {},
): { readonly source: Source } | { readonly fault: AuthorityFault } {
  const refuse = (
    reason: AuthorityFault['reason'],
    message: string,
    field: 'kind' | 'name',
    text: string,
    more: Pick<Diagnostic, 'hint' | 'missing'>,
  ) => ({
    fault: {
      reason,
      message,
      diagnostic: about(owner, [...path, field], 'error', 'ca-unresolved', text, {
        value: field === 'kind' ? kind : name,
        rule: `Whom to trust stands in a ConfigMap or Secret${permits === undefined ? ' of the same namespace' : ''}; ${until}.`,
        ...more,
      }),
    },
  });
  const known = group === '' && (kind === 'ConfigMap' || kind === 'Secret');
  if (!known) {
    const what = group === '' ? kind : `${kind} (${group})`;
    return refuse(
      'InvalidKind',
      UNSUPPORTED,
      'kind',
      `Certificates of authorities are not read from a ${what}.`,
      {
        hint: 'Put them into a ConfigMap under the key ca.crt, and write group: "", kind: ConfigMap.',
      },
    );
  }
  const from = { group: groupOf(owner), kind: owner.kind, namespace: owner.metadata.namespace };
  if (namespace !== from.namespace && permits?.(from, { group, kind, namespace, name }) !== true)
    return refuse(
      'RefNotPermitted',
      `Certificate ref to ${kind.toLowerCase()} ${namespace}/${name} not permitted by any ReferenceGrant`,
      'name',
      `${kind} ${namespace}/${name} may not be referred to from ${from.namespace}.`,
      {
        hint: `Add a ReferenceGrant to the namespace ${namespace}: from ${from.group} ${from.kind} of ${from.namespace} to kind ${kind} (group "").`,
      },
    );
  const source = kind === 'ConfigMap' ? index.configMap(namespace, name) : index.secret(namespace, name);
  if (source !== undefined) return { source };
  const where = `${namespace}/${name}`;
  return refuse(
    'InvalidCACertificateRef',
    `${kind.toLowerCase()} ${name} not found in namespace ${namespace}`,
    'name',
    `${kind} ${where} does not exist.`,
    {
      hint: `Add it to the input (kubectl get ${kind.toLowerCase()} ${name} -n ${namespace} -o yaml), or name one that exists.`,
      missing: { kind, namespace, name },
    },
  );
}

const groupOf = ({ apiVersion }: AuthorityOwner): string => apiVersion.slice(0, apiVersion.indexOf('/'));

function certificatesOf(
  source: Source,
  owner: AuthorityOwner,
  path: Path,
  keys: readonly string[],
):
  | { readonly blocks: readonly PemBlock[]; readonly certificates: readonly X509Certificate[] }
  | { readonly fault: AuthorityFault } {
  const { text, at } = valueIn(source, keys);
  const refuse = (message: string, says: string, hint: string) => ({
    fault: {
      reason: 'InvalidCACertificateRef' as const,
      message,
      diagnostic: about(source, at, 'error', 'ca-invalid', `${label(source)} ${says}.`, {
        rule: 'The key ca.crt holds the certificates of authorities, in PEM.',
        hint,
        notes: [{ message: `${label(owner)} refers to it here.`, at: owner.at(...path) }],
      }),
    },
  });
  const none = `no ca found in ${source.kind.toLowerCase()} ${source.metadata.name}`;
  if (text === undefined)
    return refuse(none, 'has no value ca.crt', 'Add ca.crt, with what the certificates lead to.');
  if ('fault' in text) return refuse(none, `has a value that ${text.fault}`, 'Decrypt or encode it first.');
  if (text.size > MAX_AUTHORITY_BYTES)
    return refuse(none, `holds ${text.size} bytes`, `Keep it below ${MAX_AUTHORITY_BYTES} bytes.`);
  const blocks = pemBlocks(text.value).filter((block) => block.label === 'CERTIFICATE');
  if (blocks.length === 0)
    return refuse(
      'no valid CA certificate found in referenced resources',
      'holds no certificate in PEM',
      'It begins with -----BEGIN CERTIFICATE-----.',
    );
  const read = blocks.map(certificateIn);
  const bad = read.indexOf(undefined);
  if (bad >= 0)
    return refuse(
      'no valid CA certificate found in referenced resources',
      `holds a malformed certificate (the ${bad + 1}. of ${blocks.length})`,
      'Write the certificate as it was issued.',
    );
  return { blocks, certificates: read.filter((one) => one !== undefined) };
}

type Value = { readonly value: string; readonly size: number } | { readonly fault: string };

/** @param keys In order of preference; a single value counts whatever its name is. */
export function valueIn(
  source: Source,
  keys: readonly string[],
): { readonly text?: Value; readonly at: Path } {
  if (source.kind === 'ConfigMap') {
    const { data } = source.spec;
    const name = chosen(keys, [...data.keys()]);
    const value = data.get(name ?? '');
    return value === undefined
      ? { at: ['metadata', 'name'] }
      : { text: { value, size: Buffer.byteLength(value) }, at: ['data', name!] };
  }
  const { entries } = source.spec;
  const name = chosen(keys, [...entries.keys()]);
  const entry = entries.get(name ?? '');
  const at = entryPath(entry, name ?? '');
  if (entry === undefined) return { at };
  if (entry.fault !== undefined) return { text: { fault: entry.fault }, at };
  return { text: { value: entry.value.revealText(), size: entry.value.size }, at };
}

const chosen = (keys: readonly string[], names: readonly string[]): string | undefined =>
  keys.find((key) => names.includes(key)) ?? (names.length === 1 ? names[0] : undefined);
