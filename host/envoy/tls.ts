/**
 * TLS on a listener: its certificates by name, and what stands behind the names. A certificate is never a
 * part of the listener: Envoy gets it by SDS, over the stream that gives it everything else or from a file,
 * so that a renewed one changes no listener and ends no connection.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type {
  Authority,
  ClientProof,
  ListenerClients,
  ListenerTls,
  ServerCertificate,
  TlsParameters,
} from '../plan/types.ts';
import { any, extension } from './any.ts';
import { emit } from './emit.ts';
import type { EnvoyListener, EnvoyOptions } from './envoy-types.ts';
import { stringMatcher } from './string-match.ts';

type Chain = EnvoyListener['filter_chains'][number];

/** Without it Envoy does not see the server name when it chooses a filter chain. */
export const tlsInspector = extension('envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector', {});

/** Of a listener that reads requests. */
export const downstreamTls = (
  { serverName, ...tls }: ListenerTls,
  options: Pick<EnvoyOptions, 'tlsFolder'>,
  clients?: ListenerClients,
): Pick<Chain, 'filter_chain_match' | 'transport_socket'> => ({
  filter_chain_match: serverName === undefined ? undefined : { server_names: [serverName] },
  ...downstreamSocket(tls, ['h2', 'http/1.1'], options, clients),
});

/**
 * TLS 1.2 or 1.3, which is Envoy's default for clients, and no session is resumed, unless a policy says
 * otherwise, as Envoy Gateway has it.
 * @param protocols By ALPN; undefined: none is agreed on.
 */
export const downstreamSocket = (
  { certificates, proof }: Pick<ListenerTls, 'certificates' | 'proof'>,
  protocols: readonly string[] | undefined,
  options: Pick<EnvoyOptions, 'tlsFolder'>,
  clients?: ListenerClients,
): Pick<Chain, 'transport_socket'> => ({
  transport_socket: {
    name: 'envoy.transport_sockets.tls',
    typed_config: any('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
      common_tls_context: {
        tls_params: clients === undefined ? undefined : tlsParameters(clients.settings.tls),
        alpn_protocols: clients?.settings.tls?.alpnProtocols ?? protocols,
        tls_certificate_sds_secret_configs: certificates.map((name) => ({
          name,
          sds_config: secretSource(options, name),
        })),
        ...(proof === undefined ? {} : clientValidation(proof, options)),
      },
      require_client_certificate: proof === undefined ? undefined : proof.required,
      disable_stateless_session_resumption: clients?.settings.tls?.stateless ? undefined : true,
      disable_stateful_session_resumption: clients?.settings.tls?.stateful ? undefined : true,
    }),
  },
});

/** As Envoy Gateway, setTLSValidationContext. */
function clientValidation(proof: ClientProof, options: Pick<EnvoyOptions, 'tlsFolder'>) {
  const { authority, verified, altNames, spkiHashes, certificateHashes, allowExpired } = proof;
  const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);
  const context = {
    verify_certificate_hash: some(certificateHashes),
    verify_certificate_spki: some(spkiHashes),
    allow_expired_certificate: allowExpired ? true : undefined,
    trust_chain_verification: verified ? undefined : ('ACCEPT_UNTRUSTED' as const),
    match_typed_subject_alt_names: some(
      altNames.map(({ type, oid, match }) => ({ san_type: type, matcher: stringMatcher(match), oid })),
    ),
  };
  if (authority === undefined) return { validation_context: context };
  return {
    combined_validation_context: {
      default_validation_context: context,
      validation_context_sds_secret_config: {
        name: authority,
        sds_config: secretSource(options, authority),
      },
    },
  };
}

/** Undefined: Envoy's own. TLS 1.2 and 1.3 where nothing is said, as in Envoy Gateway. */
export const tlsParameters = ({
  minVersion = '1.2',
  maxVersion = '1.3',
  ciphers,
  ecdhCurves,
  signatureAlgorithms,
}: TlsParameters = {}) => ({
  tls_minimum_protocol_version: VERSIONS[minVersion],
  tls_maximum_protocol_version: VERSIONS[maxVersion],
  cipher_suites: ciphers,
  ecdh_curves: ecdhCurves,
  signature_algorithms: signatureAlgorithms,
});

const VERSIONS = {
  Auto: 'TLS_AUTO',
  '1.0': 'TLSv1_0',
  '1.1': 'TLSv1_1',
  '1.2': 'TLSv1_2',
  '1.3': 'TLSv1_3',
} as const;

/** Where Envoy gets what has the name. */
export const secretSource = (
  { tlsFolder }: Pick<EnvoyOptions, 'tlsFolder'>,
  name: string,
  file = secretFile(name),
) => (tlsFolder === undefined ? BY_ADS : watchedFile(tlsFolder, file));

/** The listener or cluster waits for its certificates, however long that takes. */
const BY_ADS = { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' } as const;

/** A file that Envoy follows. */
export const watchedFile = (folder: string, file: string) =>
  ({
    path_config_source: { path: join(folder, file), watched_directory: { path: folder } },
    resource_api_version: 'V3',
  }) as const;

/** `default_shop.sds.yaml`, `ca_backend_default_shop.sds.yaml`: no name in the API holds an underscore. */
const baseName = (name: string): string => name.replaceAll('/', '_');
const secretFile = (name: string): string => `${baseName(name)}.sds.yaml`;

/** What is published by name; only host/xds/encode.ts writes the key out. */
export const servedSecret = ({ name, chain, key }: ServerCertificate): object => ({
  name,
  tls_certificate: { certificate_chain: { inline_string: chain }, private_key: { inline_bytes: key } },
});

export const servedAuthority = ({ name, pem, crl }: Authority) => ({
  name,
  validation_context: {
    trusted_ca: { inline_string: pem },
    ...(crl === undefined
      ? {}
      : { crl: { inline_string: crl.pem }, only_verify_leaf_cert_crl: crl.onlyLeaf ? true : undefined }),
  },
});

export interface TlsFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}
/**
 * The files of a certificate in their folder: its key and chain, whose names change with their content, and
 * last what Envoy watches, which names the two. So key and chain change in one step.
 */
export function certificateFiles(
  folder: string,
  { name, chain, key }: ServerCertificate,
): readonly TlsFile[] {
  const digest = createHash('sha256').update(chain).update(key.reveal()).digest('hex').slice(0, 12);
  const file = (ending: string): string => `${baseName(name)}.${digest}.${ending}`;
  const secret = any('envoy.extensions.transport_sockets.tls.v3.Secret', {
    name,
    tls_certificate: {
      certificate_chain: { filename: join(folder, file('crt')) },
      private_key: { filename: join(folder, file('key')) },
    },
  });
  return [
    { name: file('key'), bytes: key.reveal() },
    { name: file('crt'), bytes: Buffer.from(chain) },
    { name: secretFile(name), bytes: Buffer.from(emit({ resources: [secret] }, 'yaml')) },
  ];
}

/** One file, which Envoy watches: it holds the certificates, which are no secret. */
export const authorityFile = (authority: Authority): TlsFile => ({
  name: secretFile(authority.name),
  bytes: Buffer.from(
    emit(
      {
        resources: [any('envoy.extensions.transport_sockets.tls.v3.Secret', servedAuthority(authority))],
      },
      'yaml',
    ),
  ),
});

export const isAuthorityFile = (file: string): boolean =>
  /^ca_[a-z]+_[-a-z0-9]+_[-.a-z0-9]+(?:_\d{1,5})?\.sds\.yaml$/.test(file);

/** Of a file that certificateFiles names: `namespace/name`. Undefined: it is none. */
export function certificateOf(file: string): string | undefined {
  const found = /^([-a-z0-9]+)_([-.a-z0-9]+)\.(?:sds\.yaml|[0-9a-f]{12}\.(?:crt|key))$/.exec(file);
  return found === null ? undefined : `${found[1]}/${found[2]}`;
}
