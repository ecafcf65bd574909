/**
 * What an Envoy starts from that gets everything else by delta ADS: who it is, its admin address, and where
 * to ask.
 */
import { any } from '../envoy/any.ts';
import type { Bootstrap, Cluster } from '../envoy/types.ts';

/** The path of a Unix socket, or an address and a port. */
export type XdsAddress = { readonly path: string } | { readonly address: string; readonly port: number };

const CLUSTER = 'loadstar-xds';
const BY_ADS = { ads: {}, resource_api_version: 'V3' } as const;
const HTTP = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** @param bootstrap The static configuration that the server at `xds` serves. */
export function startBootstrap(bootstrap: Bootstrap, xds: XdsAddress): Bootstrap {
  const local = bootstrap.cluster_manager?.local_cluster_name;
  const { static_resources, ...rest } = bootstrap;
  return {
    ...rest,
    static_resources: {
      listeners: [],
      clusters: [xdsCluster(xds), ...static_resources.clusters.filter(({ name }) => name === local)],
    },
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

function xdsCluster(xds: XdsAddress): Cluster {
  const address =
    'path' in xds
      ? { pipe: { path: xds.path } }
      : { socket_address: { address: xds.address, port_value: xds.port } };
  return {
    name: CLUSTER,
    type: 'STATIC',
    connect_timeout: '1s',
    per_connection_buffer_limit_bytes: 1_048_576,
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
      endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
    },
  };
}
