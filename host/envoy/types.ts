/**
 * The part of Envoy's v3 API that Loadstar writes, with the field names of the proto files (snake_case), as
 * the config reference prints them: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/api. Every value is
 * plain data, ready for emit.ts. Durations are strings in protobuf's JSON form (`0.250s`), 64-bit numbers
 * stay below 2^53 and are numbers.
 */

import type { FilterOptions } from '../filter/names.ts';

export type Duration = `${string}s`;

/** google.protobuf.Any: the message beside the name of its type. */
export type Any<T = object> = { readonly '@type': string } & T;

/** core.v3.TypedExtensionConfig; also the shape of an HTTP filter and of a load-balancing policy. */
export interface Extension<T = object> {
  readonly name: string;
  readonly typed_config: Any<T>;
}
export interface HttpFilter extends Extension {
  /** Listed, but off unless a route switches it on. */
  readonly disabled?: true;
}

export interface Bootstrap {
  readonly node: { readonly id: string; readonly cluster: string; readonly locality?: EnvoyLocality };
  readonly admin: { readonly address: Address };
  readonly cluster_manager?: { readonly local_cluster_name: string };
  readonly stats_config?: { readonly stats_tags: readonly { tag_name: string; regex: string }[] };
  readonly layered_runtime: { readonly layers: readonly object[] };
  readonly static_resources: {
    readonly listeners: readonly EnvoyListener[];
    readonly clusters: readonly Cluster[];
  };
}

export interface Address {
  readonly socket_address: { readonly address: string; readonly port_value: number };
}

export interface EnvoyListener {
  readonly name: string;
  readonly address: Address;
  readonly additional_addresses?: readonly { readonly address: Address }[];
  /** False: a second Envoy cannot bind the port too, and take half of the connections. */
  readonly enable_reuse_port?: false;
  readonly per_connection_buffer_limit_bytes: number;
  readonly max_connections_to_accept_per_socket_event: number;
  readonly filter_chains: readonly { readonly filters: readonly Extension[] }[];
}

export interface HttpConnectionManager {
  readonly stat_prefix: string;
  readonly codec_type: 'AUTO';
  readonly use_remote_address: true;
  readonly normalize_path: true;
  readonly merge_slashes: true;
  readonly path_with_escaped_slashes_action: 'UNESCAPE_AND_REDIRECT';
  readonly server_header_transformation: 'PASS_THROUGH';
  readonly common_http_protocol_options: { readonly headers_with_underscores_action: 'REJECT_REQUEST' };
  readonly http2_protocol_options: object;
  readonly early_header_mutation_extensions?: readonly Extension[];
  readonly upgrade_configs: readonly { readonly upgrade_type: string }[];
  readonly http_filters: readonly HttpFilter[];
  readonly route_config: RouteConfiguration;
}

export interface RouteConfiguration {
  readonly name: string;
  readonly ignore_port_in_host_matching: true;
  /** False if a share of a split has no cluster on purpose. */
  readonly validate_clusters?: false;
  readonly virtual_hosts: readonly {
    readonly name: string;
    readonly domains: readonly string[];
    readonly routes: readonly EnvoyRoute[];
  }[];
}

export interface HeaderValueOption {
  readonly header: { readonly key: string; readonly value?: string };
  readonly append_action?: 'OVERWRITE_IF_EXISTS_OR_ADD';
  readonly keep_empty_value?: true;
}
export interface HeaderMutations {
  readonly request_headers_to_add?: readonly HeaderValueOption[];
  readonly request_headers_to_remove?: readonly string[];
  readonly response_headers_to_add?: readonly HeaderValueOption[];
  readonly response_headers_to_remove?: readonly string[];
}

export interface RouteMatcher {
  readonly path?: string;
  readonly prefix?: string;
  readonly path_separated_prefix?: string;
  readonly safe_regex?: Regex;
  readonly headers?: readonly { readonly name: string; readonly string_match: StringMatch }[];
  readonly query_parameters?: readonly { readonly name: string; readonly string_match: StringMatch }[];
}
interface Regex {
  readonly regex: string;
}
export type StringMatch =
  | { readonly exact: string }
  | { readonly suffix: string }
  | { readonly safe_regex: Regex };
export interface RegexRewrite {
  readonly pattern: Regex;
  readonly substitution: string;
}

export interface EnvoyRoute extends HeaderMutations {
  readonly name: string;
  readonly match: RouteMatcher;
  readonly metadata?: object;
  readonly route?: RouteActionConfig;
  readonly redirect?: RedirectConfig;
  readonly direct_response?: { readonly status: number };
  readonly typed_per_filter_config?: Readonly<Record<string, Any>>;
}
export interface RedirectConfig {
  readonly scheme_redirect?: string;
  readonly host_redirect?: string;
  readonly port_redirect?: number;
  readonly path_redirect?: string;
  readonly prefix_rewrite?: string;
  readonly regex_rewrite?: RegexRewrite;
  readonly response_code?: string;
}
export interface RouteActionConfig {
  readonly cluster?: string;
  readonly weighted_clusters?: {
    readonly clusters: readonly (HeaderMutations & {
      readonly name: string;
      readonly weight: number;
      readonly host_rewrite_literal?: string;
    })[];
    readonly use_hash_policy?: true;
  };
  readonly cluster_not_found_response_code?: 'INTERNAL_SERVER_ERROR' | 'SERVICE_UNAVAILABLE';
  readonly prefix_rewrite?: string;
  readonly regex_rewrite?: RegexRewrite;
  readonly host_rewrite_literal?: string;
  readonly append_x_forwarded_host?: true;
  readonly timeout?: Duration;
  readonly idle_timeout?: Duration;
  readonly max_stream_duration?: { readonly max_stream_duration: Duration };
  readonly retry_policy?: object;
  readonly request_mirror_policies?: readonly object[];
  readonly upgrade_configs?: readonly { readonly upgrade_type: string; readonly enabled?: false }[];
  readonly hash_policy?: readonly HashPolicy[];
}
export type HashPolicy =
  | { readonly header: { readonly header_name: string } }
  | {
      readonly cookie: {
        readonly name: string;
        readonly ttl?: Duration;
        readonly attributes?: readonly { readonly name: string; readonly value?: string }[];
      };
    }
  | { readonly query_parameter: { readonly name: string } }
  | { readonly connection_properties: { readonly source_ip: true } };

export interface LoadBalancingPolicy {
  readonly policies: readonly { readonly typed_extension_config: Extension }[];
}

export interface Cluster {
  readonly name: string;
  readonly type?: 'STATIC';
  readonly cluster_type?: Extension;
  readonly connect_timeout: Duration;
  readonly per_connection_buffer_limit_bytes: number;
  readonly preconnect_policy?: {
    readonly per_upstream_preconnect_ratio?: number;
    readonly predictive_preconnect_ratio?: number;
  };
  readonly ignore_health_on_host_removal?: true;
  readonly common_lb_config?: {
    readonly healthy_panic_threshold?: { readonly value: number };
    readonly override_host_status?: { readonly statuses: readonly string[] };
  };
  readonly load_balancing_policy: LoadBalancingPolicy;
  readonly circuit_breakers?: object;
  readonly health_checks?: readonly object[];
  readonly outlier_detection?: object;
  readonly upstream_connection_options?: object;
  readonly typed_extension_protocol_options?: Readonly<Record<string, Any>>;
  readonly load_assignment: LoadAssignment;
}
export interface EnvoyLocality {
  readonly region?: string;
  readonly zone?: string;
}
export interface LoadAssignment {
  readonly cluster_name: string;
  readonly endpoints: readonly {
    readonly locality: EnvoyLocality;
    readonly load_balancing_weight?: number;
    readonly priority?: number;
    readonly lb_endpoints: readonly {
      readonly endpoint: {
        readonly address: Address;
        readonly hostname?: string;
        readonly health_check_config?: { readonly hostname?: string; readonly port_value?: number };
      };
      readonly load_balancing_weight: number;
      readonly health_status?: 'DRAINING';
    }[];
  }[];
}

export interface EnvoyOptions extends FilterOptions {
  readonly admin: { readonly address: string; readonly port: number };
  /** No other process may share the ports of the listeners. */
  readonly exclusivePorts?: boolean;
  /** The zone this Envoy runs in, for zone-aware routing. */
  readonly zone?: string;
  /**
   * Its configuration changes while it runs: every listener has our filters from the beginning (switched
   * off), so that the first route that needs one changes no listener, which would end its connections.
   */
  readonly live?: boolean;
}
