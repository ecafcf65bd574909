/**
 * The messages of proto/ by name, so that an Any can be read and written, and the six types of resources
 * that are published. What is not in proto/ cannot be published: `fromJson` refuses it, where Envoy would
 * ignore it with a warning.
 */
import { createRegistry, type DescFile } from '@bufbuild/protobuf';
import { file_google_protobuf_wrappers } from '@bufbuild/protobuf/wkt';
import { typeUrl } from '../envoy/any.ts';
import { file_bootstrap } from '../proto/bootstrap_pb.js';
import { ClusterSchema } from '../proto/cluster_pb.js';
import { TypedExtensionConfigSchema } from '../proto/core_pb.js';
import { ClusterLoadAssignmentSchema } from '../proto/endpoint_pb.js';
import { file_extensions_admission_control } from '../proto/extensions/admission_control_pb.js';
import { file_extensions_api_key_auth } from '../proto/extensions/api_key_auth_pb.js';
import { file_extensions_bandwidth_limit } from '../proto/extensions/bandwidth_limit_pb.js';
import { file_extensions_basic_auth } from '../proto/extensions/basic_auth_pb.js';
import { file_extensions_brotli } from '../proto/extensions/brotli_pb.js';
import { file_extensions_buffer } from '../proto/extensions/buffer_pb.js';
import { file_extensions_client_side_weighted_round_robin } from '../proto/extensions/client_side_weighted_round_robin_pb.js';
import { file_extensions_compressor } from '../proto/extensions/compressor_pb.js';
import { file_extensions_connection_limit } from '../proto/extensions/connection_limit_pb.js';
import { file_extensions_cookie_session } from '../proto/extensions/cookie_session_pb.js';
import { file_extensions_cors } from '../proto/extensions/cors_pb.js';
import { file_extensions_credential_injector } from '../proto/extensions/credential_injector_pb.js';
import { file_extensions_csrf } from '../proto/extensions/csrf_pb.js';
import { file_extensions_custom_header_detection } from '../proto/extensions/custom_header_detection_pb.js';
import { file_extensions_custom_response } from '../proto/extensions/custom_response_pb.js';
import { file_extensions_dns_cluster } from '../proto/extensions/dns_cluster_pb.js';
import { file_extensions_early_header_mutation } from '../proto/extensions/early_header_mutation_pb.js';
import { file_extensions_fault } from '../proto/extensions/fault_pb.js';
import { file_extensions_generic_credential } from '../proto/extensions/generic_credential_pb.js';
import { file_extensions_grpc_web } from '../proto/extensions/grpc_web_pb.js';
import { file_extensions_gzip } from '../proto/extensions/gzip_pb.js';
import { file_extensions_header_mutation } from '../proto/extensions/header_mutation_pb.js';
import { file_extensions_header_session } from '../proto/extensions/header_session_pb.js';
import { file_extensions_health_check_filter } from '../proto/extensions/health_check_filter_pb.js';
import { file_extensions_http_connection_manager } from '../proto/extensions/http_connection_manager_pb.js';
import { file_extensions_http_protocol_options } from '../proto/extensions/http_protocol_options_pb.js';
import { file_extensions_ip_matcher } from '../proto/extensions/ip_matcher_pb.js';
import { file_extensions_least_request } from '../proto/extensions/least_request_pb.js';
import { file_extensions_local_ratelimit } from '../proto/extensions/local_ratelimit_pb.js';
import { file_extensions_local_response } from '../proto/extensions/local_response_pb.js';
import { file_extensions_maglev } from '../proto/extensions/maglev_pb.js';
import { file_extensions_network_inputs } from '../proto/extensions/network_inputs_pb.js';
import { file_extensions_override_host } from '../proto/extensions/override_host_pb.js';
import { file_extensions_preserve_case } from '../proto/extensions/preserve_case_pb.js';
import { file_extensions_previous_hosts } from '../proto/extensions/previous_hosts_pb.js';
import { file_extensions_previous_priorities } from '../proto/extensions/previous_priorities_pb.js';
import { file_extensions_proxy_protocol } from '../proto/extensions/proxy_protocol_pb.js';
import { file_extensions_random } from '../proto/extensions/random_pb.js';
import { file_extensions_ratelimit } from '../proto/extensions/ratelimit_pb.js';
import { file_extensions_raw_buffer } from '../proto/extensions/raw_buffer_pb.js';
import { file_extensions_rbac } from '../proto/extensions/rbac_pb.js';
import { file_extensions_redirect_response } from '../proto/extensions/redirect_response_pb.js';
import { file_extensions_round_robin } from '../proto/extensions/round_robin_pb.js';
import { file_extensions_router } from '../proto/extensions/router_pb.js';
import { file_extensions_stateful_session } from '../proto/extensions/stateful_session_pb.js';
import { file_extensions_tcp_proxy } from '../proto/extensions/tcp_proxy_pb.js';
import { file_extensions_tls_inspector } from '../proto/extensions/tls_inspector_pb.js';
import { file_extensions_tls, SecretSchema } from '../proto/extensions/tls_pb.js';
import { file_extensions_udp_proxy } from '../proto/extensions/udp_proxy_pb.js';
import { file_extensions_upstream_codec } from '../proto/extensions/upstream_codec_pb.js';
import { file_extensions_upstream_proxy_protocol } from '../proto/extensions/upstream_proxy_protocol_pb.js';
import { file_extensions_wasm } from '../proto/extensions/wasm_pb.js';
import { file_extensions_wrr_locality } from '../proto/extensions/wrr_locality_pb.js';
import { file_extensions_xff_detection } from '../proto/extensions/xff_detection_pb.js';
import { file_extensions_zstd } from '../proto/extensions/zstd_pb.js';
import { ListenerSchema } from '../proto/listener_pb.js';
import { file_rbac } from '../proto/rbac_pb.js';
import { RouteConfigurationSchema } from '../proto/route_pb.js';

const withImports = (file: DescFile): DescFile[] => [file, ...file.dependencies.flatMap(withImports)];

const files = [
  file_bootstrap,
  file_rbac,
  file_extensions_ip_matcher,
  file_extensions_network_inputs,
  file_extensions_rbac,
  file_google_protobuf_wrappers,
  file_extensions_admission_control,
  file_extensions_api_key_auth,
  file_extensions_basic_auth,
  file_extensions_credential_injector,
  file_extensions_generic_credential,
  file_extensions_bandwidth_limit,
  file_extensions_brotli,
  file_extensions_buffer,
  file_extensions_compressor,
  file_extensions_gzip,
  file_extensions_fault,
  file_extensions_zstd,
  file_extensions_custom_response,
  file_extensions_local_response,
  file_extensions_redirect_response,
  file_extensions_client_side_weighted_round_robin,
  file_extensions_connection_limit,
  file_extensions_custom_header_detection,
  file_extensions_health_check_filter,
  file_extensions_preserve_case,
  file_extensions_proxy_protocol,
  file_extensions_xff_detection,
  file_extensions_cookie_session,
  file_extensions_cors,
  file_extensions_csrf,
  file_extensions_dns_cluster,
  file_extensions_early_header_mutation,
  file_extensions_grpc_web,
  file_extensions_header_mutation,
  file_extensions_header_session,
  file_extensions_http_connection_manager,
  file_extensions_http_protocol_options,
  file_extensions_least_request,
  file_extensions_local_ratelimit,
  file_extensions_maglev,
  file_extensions_override_host,
  file_extensions_previous_hosts,
  file_extensions_previous_priorities,
  file_extensions_random,
  file_extensions_ratelimit,
  file_extensions_raw_buffer,
  file_extensions_round_robin,
  file_extensions_router,
  file_extensions_stateful_session,
  file_extensions_tcp_proxy,
  file_extensions_udp_proxy,
  file_extensions_tls,
  file_extensions_tls_inspector,
  file_extensions_upstream_codec,
  file_extensions_upstream_proxy_protocol,
  file_extensions_wasm,
  file_extensions_wrr_locality,
];
export const registry = createRegistry(...new Set(files.flatMap(withImports)));

/** Kinds of resources, in Envoy's abbreviations of the services that give them. */
export const KINDS = ['cds', 'eds', 'ecds', 'sds', 'lds', 'rds'] as const;
export type Kind = (typeof KINDS)[number];

export const SCHEMAS = {
  cds: ClusterSchema,
  eds: ClusterLoadAssignmentSchema,
  ecds: TypedExtensionConfigSchema,
  sds: SecretSchema,
  lds: ListenerSchema,
  rds: RouteConfigurationSchema,
} as const;

export const TYPE_URLS = Object.fromEntries(
  KINDS.map((kind) => [kind, typeUrl(SCHEMAS[kind].typeName)]),
) as Readonly<Record<Kind, string>>;
/** Undefined: a type that is not served here. */
export const kindOf = (url: string): Kind | undefined => KINDS.find((kind) => TYPE_URLS[kind] === url);
