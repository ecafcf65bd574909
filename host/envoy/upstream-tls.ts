/**
 * TLS to the hosts of a pool. Where all are called alike, the cluster has one transport socket. Else each
 * backend has its own, found by what its hosts carry; for a host that carries nothing it is that of a backend
 * with TLS, so that no mistake leads to plain text (in Envoy Gateway it would be plain text, or TLS without
 * verification). Certificates come by name, as those of listeners do.
 */
import type { BackendTls, Locality, Pool } from '../plan/types.ts';
import { type Any, any } from './any.ts';
import type { Cluster, EnvoyOptions } from './envoy-types.ts';
import { secretSource, tlsParameters } from './tls.ts';

/** The file of Debian and Ubuntu, and of Envoy's images, as in Envoy Gateway. */
export const SYSTEM_AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
/** Endpoint metadata that Envoy compares with transport_socket_matches. */
const MATCHED = 'envoy.transport_socket_match';
const RAW = 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer';

/** core.v3.Metadata. */
type Metadata = { readonly filter_metadata: { readonly [name: string]: { readonly name: string } } };
export type MetadataOf = (locality: Locality) => Metadata | undefined;

interface UpstreamSockets extends Pick<Cluster, 'transport_socket' | 'transport_socket_matches'> {
  /** Of the endpoints of a locality. */
  readonly metadataOf: MetadataOf;
}

/** `authorities`: name → PEM, for what is written into the configuration itself. */
export interface TlsContext extends Pick<EnvoyOptions, 'tlsFolder' | 'live'> {
  readonly authorities?: ReadonlyMap<string, string>;
}

export function upstreamSockets(pool: Pool, context: TlsContext): UpstreamSockets {
  const { name, localities } = pool;
  const wrapped = (socket: Socket) => withProxyHeader(pool.proxyProtocol, socket);
  const tls = localities.find((locality) => locality.tls !== undefined)?.tls;
  const none = () => undefined;
  if (tls === undefined)
    return { transport_socket: pool.proxyProtocol && wrapped(plainSocket), metadataOf: none };
  const transport_socket = wrapped(tlsSocket(tls, context));
  if (localities.every((locality) => locality.tls === tls)) return { transport_socket, metadataOf: none };
  const kinds = [...new Set(localities.map((locality) => locality.tls))];
  const nameOf = ({ tls: own }: Pick<Locality, 'tls'>): string =>
    `${name}/${own === undefined ? 'plain' : 'tls'}/${localities.findIndex((one) => one.tls === own)}`;
  return {
    transport_socket,
    transport_socket_matches: kinds.map((own) => ({
      name: nameOf({ tls: own }),
      match: { name: nameOf({ tls: own }) },
      transport_socket: wrapped(own === undefined ? plainSocket : tlsSocket(own, context)),
    })),
    metadataOf: (locality) => ({ filter_metadata: { [MATCHED]: { name: nameOf(locality) } } }),
  };
}

type Socket = NonNullable<Cluster['transport_socket']>;
const plainSocket: Socket = { name: 'envoy.transport_sockets.raw_buffer', typed_config: any(RAW, {}) };

/** In front of TLS, as everywhere: who ends TLS is told the client's address before it. */
const withProxyHeader = (version: Pool['proxyProtocol'], transport_socket: Socket): Socket =>
  version === undefined
    ? transport_socket
    : {
        name: 'envoy.transport_sockets.upstream_proxy_protocol',
        typed_config: any(
          'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport',
          {
            config: { version },
            transport_socket,
          },
        ),
      };

const tlsSocket = (tls: BackendTls, context: TlsContext) => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: tlsContext(tls, context),
});

function tlsContext({ sni, trust, altNames, certificate, parameters }: BackendTls, context: TlsContext): Any {
  const names = altNames.map(({ type, value }) => ({ san_type: type, matcher: { exact: value } }));
  const verifies = trust.kind !== 'anyone' && names.length === 0;
  const match_typed_subject_alt_names = names.length === 0 ? undefined : names;
  return any('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
    common_tls_context: {
      tls_params: tlsParameters(parameters),
      ...validation(trust, { match_typed_subject_alt_names }, context),
      // Absent: Envoy offers what it speaks to the cluster.
      alpn_protocols: parameters.alpnProtocols,
      tls_certificate_sds_secret_configs:
        certificate === undefined
          ? undefined
          : [{ name: certificate, sds_config: secretSource(context, certificate) }],
    },
    sni: sni.kind === 'fixed' ? sni.name : sni.kind === 'request' && verifies ? NO_NAME : undefined,
    auto_host_sni: sni.kind === 'endpoint' ? true : undefined,
    auto_sni_san_validation: verifies ? true : undefined,
  });
}

/**
 * Envoy verifies the name that it sends, and sends none for a request whose host is an address. It then sends
 * this one, which no certificate has (RFC 6761).
 */
const NO_NAME = 'no-name.invalid';

type Names = {
  readonly match_typed_subject_alt_names?: readonly { san_type: 'DNS' | 'URI'; matcher: { exact: string } }[];
};

function validation(trust: BackendTls['trust'], names: Names, context: TlsContext) {
  switch (trust.kind) {
    case 'anyone':
      return {};
    case 'system':
      return { validation_context: { trusted_ca: { filename: SYSTEM_AUTHORITIES }, ...names } };
    case 'authority': {
      const { name } = trust;
      // They are no secret: a configuration that goes to standard output holds them.
      if (context.tlsFolder === undefined && !context.live) {
        const inline_string = context.authorities?.get(name);
        if (inline_string === undefined) throw new Error(`no authority ${name}`);
        return { validation_context: { trusted_ca: { inline_string }, ...names } };
      }
      return {
        combined_validation_context: {
          default_validation_context: names,
          validation_context_sds_secret_config: { name, sds_config: secretSource(context, name) },
        },
      };
    }
  }
}
