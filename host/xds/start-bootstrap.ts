/**
 * What an Envoy starts from that gets everything else by delta ADS: who it is, its admin address, and where
 * to ask.
 */
import { isIP } from 'node:net';
import { any } from '../envoy/any.ts';
import type { Bootstrap, Cluster } from '../envoy/envoy-types.ts';
import { LOCAL_CLUSTER, withoutServed } from '../envoy/zones.ts';

/** The path of a Unix socket, or an address and a port. */
export type XdsAddress = { readonly path: string } | { readonly address: string; readonly port: number };

const CLUSTER = 'loadstar-xds';
const BY_ADS = { ads: {}, resource_api_version: 'V3' } as const;
const HTTP = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** Whom to ask. */
export interface XdsServers {
  /** Those that give the same; one that is gone is passed over. Addresses, or names. */
  readonly servers: readonly XdsAddress[];
  /** Paths of PEM files as Envoy sees them; absent: in plain text. */
  readonly tls?: {
    readonly ca: string;
    readonly cert: string;
    readonly key: string;
    /** What the server's certificate must be for. */
    readonly name: string;
  };
}

/** The proxies of its fleet, which the servers know: for an Envoy that says its zone. */
export const fleetCluster = {
  name: LOCAL_CLUSTER,
  type: 'EDS',
  connect_timeout: '1s',
  eds_cluster_config: { eds_config: BY_ADS },
} as const;

/** Where an Envoy of a fleet tells what it counts, when it is asked: at the server that it has all from. */
export const loadReporting = {
  load_stats_config: {
    api_type: 'GRPC',
    transport_api_version: 'V3',
    grpc_services: [{ envoy_grpc: { cluster_name: CLUSTER } }],
  },
} as const;

/** @param bootstrap The static configuration that the servers serve. */
export function startBootstrap(bootstrap: Bootstrap, xds: XdsServers): Bootstrap {
  const { static_resources, ...rest } = withoutServed(bootstrap);
  return {
    ...rest,
    static_resources: { listeners: [], clusters: [xdsCluster(xds), ...static_resources.clusters] },
    dynamic_resources: {
      lds_config: BY_ADS,
      cds_config: BY_ADS,
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [
          {
            envoy_grpc: {
              cluster_name: CLUSTER,
              // Envoy's own, up to half a minute, would be long after a restart of the server.
              retry_policy: { retry_back_off: { base_interval: '0.100s', max_interval: '1s' } },
            },
          },
        ],
      },
    },
  };
}

function xdsCluster({ servers, tls }: XdsServers): Cluster {
  const named = servers.some((one) => 'port' in one && isIP(one.address) === 0);
  return {
    name: CLUSTER,
    type: named ? 'STRICT_DNS' : 'STATIC',
    connect_timeout: '1s',
    per_connection_buffer_limit_bytes: 1_048_576,
    transport_socket: tls === undefined ? undefined : tlsSocket(tls),
    typed_extension_protocol_options: {
      [HTTP]: any(HTTP, {
        explicit_http_config: {
          // A server that hangs is noticed, and asked anew.
          http2_protocol_options: { connection_keepalive: { interval: '30s', timeout: '5s' } },
        },
      }),
    },
    load_assignment: {
      cluster_name: CLUSTER,
      endpoints: [{ lb_endpoints: servers.map((one) => ({ endpoint: { address: addressOf(one) } })) }],
    },
  };
}

const addressOf = (server: XdsAddress) =>
  'path' in server
    ? { pipe: { path: server.path } }
    : { socket_address: { address: server.address, port_value: server.port } };

const tlsSocket = ({ ca, cert, key, name }: NonNullable<XdsServers['tls']>) => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: any('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
    sni: isIP(name) === 0 ? name : undefined,
    common_tls_context: {
      tls_certificates: [{ certificate_chain: { filename: cert }, private_key: { filename: key } }],
      validation_context: {
        trusted_ca: { filename: ca },
        match_typed_subject_alt_names: [
          { san_type: isIP(name) === 0 ? 'DNS' : 'IP_ADDRESS', matcher: { exact: name } },
        ],
      },
    },
  }),
});
