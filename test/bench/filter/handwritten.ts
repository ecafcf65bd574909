/**
 * Bootstraps written by hand: what a person would write for native Maglev and native weighted round robin, in
 * the shape the translator emits. They hold the bench up when there is no translator to ask, and they carry
 * Lua and other filters.
 */
import type { Bootstrap, Json } from '../support/types.ts';

const type = (name: string) => `type.googleapis.com/envoy.${name}`;

export const hint = 'x-loadstar-host';
export const orcaHeaders = ['endpoint-load-metrics', 'endpoint-load-metrics-bin'];

export interface Shape {
  readonly lb: 'maglev' | 'cswrr';
  readonly ports: readonly number[];
  /** The route's hash policy, native form; none for `cswrr`. */
  readonly hashPolicy?: Json;
}

const router = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': type('extensions.filters.http.router.v3.Router') },
};

/** Listener, one route, one cluster. */
export function native(shape: Shape): Bootstrap {
  const policy =
    shape.lb === 'maglev'
      ? {
          name: 'envoy.load_balancing_policies.maglev',
          typed_config: {
            '@type': type('extensions.load_balancing_policies.maglev.v3.Maglev'),
            table_size: 65537,
          },
        }
      : {
          name: 'envoy.load_balancing_policies.client_side_weighted_round_robin',
          typed_config: {
            '@type': type(
              'extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin',
            ),
          },
        };
  const route: Json = { cluster: 'backend' };
  if (shape.hashPolicy !== undefined) route.hash_policy = [shape.hashPolicy];
  const manager = {
    '@type': type('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'http',
    use_remote_address: true,
    normalize_path: true,
    route_config: {
      name: 'routes',
      virtual_hosts: [
        { name: 'all', domains: ['*'], routes: [{ name: 'r', match: { prefix: '/' }, route }] },
      ],
    },
    http_filters: [router],
  };
  return {
    static_resources: {
      listeners: [
        {
          name: 'http',
          address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
          filter_chains: [
            { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
          ],
        },
      ],
      clusters: [
        {
          name: 'backend',
          type: 'STATIC',
          connect_timeout: '10s',
          load_balancing_policy: { policies: [{ typed_extension_config: policy }] },
          load_assignment: {
            cluster_name: 'backend',
            endpoints: [
              {
                locality: { region: 'backend/0' },
                load_balancing_weight: 1,
                lb_endpoints: shape.ports.map((port) => ({
                  endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
                  load_balancing_weight: 1,
                })),
              },
            ],
          },
        },
      ],
    },
  };
}

/** The HTTP connection manager of the first listener, to be edited in place. */
export const manager = (bootstrap: Bootstrap): Json =>
  bootstrap.static_resources.listeners[0].filter_chains[0].filters.at(-1).typed_config;

/** The first route of the first virtual host (static route configuration). */
export const firstRoute = (bootstrap: Bootstrap): Json =>
  manager(bootstrap).route_config.virtual_hosts[0].routes[0];

export const early = (headers: readonly string[]): Json => ({
  name: 'envoy.http.early_header_mutation.header_mutation',
  typed_config: {
    '@type': type('extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation'),
    mutations: headers.map((remove) => ({ remove })),
  },
});

export const session: Json = {
  name: 'loadstar.session',
  typed_config: {
    '@type': type('extensions.filters.http.stateful_session.v3.StatefulSession'),
    session_state: {
      name: 'envoy.http.stateful_session.header',
      typed_config: {
        '@type': type('extensions.http.stateful_session.header.v3.HeaderBasedSessionState'),
        name: hint,
      },
    },
  },
};

export const lua = (source: string): Json => ({
  name: 'envoy.filters.http.lua',
  typed_config: {
    '@type': type('extensions.filters.http.lua.v3.Lua'),
    default_source_code: { inline_string: source },
  },
});

export const strip = (responses: readonly string[], trailers: readonly string[]): Json => ({
  name: 'loadstar.strip',
  typed_config: {
    '@type': type('extensions.filters.http.header_mutation.v3.HeaderMutation'),
    mutations: {
      response_mutations: responses.map((remove) => ({ remove })),
      response_trailers_mutations: trailers.map((remove) => ({ remove })),
    },
  },
});

export interface WasmOptions {
  readonly file: string;
  readonly configuration: Json;
  readonly name?: string;
  readonly rootId?: string;
  readonly vmId?: string;
}

/** A proxy-wasm plugin as Envoy wants it, with FAIL_RELOAD. */
export const wasm = (options: WasmOptions): Json => ({
  name: options.name ?? 'loadstar.select',
  typed_config: {
    '@type': type('extensions.filters.http.wasm.v3.Wasm'),
    config: {
      name: options.name ?? 'loadstar.select',
      root_id: options.rootId ?? options.name ?? 'loadstar.select',
      failure_policy: 'FAIL_RELOAD',
      configuration: {
        '@type': 'type.googleapis.com/google.protobuf.StringValue',
        value:
          typeof options.configuration === 'string'
            ? options.configuration
            : JSON.stringify(options.configuration),
      },
      vm_config: {
        vm_id: options.vmId ?? 'loadstar',
        runtime: 'envoy.wasm.runtime.v8',
        code: { local: { filename: options.file } },
      },
    },
  },
});

/** Puts filters before the router. */
export function insert(bootstrap: Bootstrap, ...filters: readonly Json[]): Bootstrap {
  manager(bootstrap).http_filters.splice(-1, 0, ...filters);
  return bootstrap;
}

/** Lets the cluster take the hint, and keeps the hint inside Envoy. */
export function takeHint(bootstrap: Bootstrap): Bootstrap {
  manager(bootstrap).early_header_mutation_extensions = [early([hint, ...orcaHeaders])];
  firstRoute(bootstrap).request_headers_to_remove = [hint];
  for (const cluster of bootstrap.static_resources.clusters) {
    cluster.common_lb_config = { override_host_status: { statuses: ['HEALTHY', 'UNKNOWN', 'DEGRADED'] } };
  }
  return bootstrap;
}
