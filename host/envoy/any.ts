/** google.protobuf.Any in JSON: a message beside the name of its type. */
import type { MessageJsonType } from '@bufbuild/protobuf';
import type { StringValueSchema } from '@bufbuild/protobuf/wkt';
import type { AdmissionControlSchema } from '../proto/extensions/admission_control_pb.js';
import type { ApiKeyAuthPerRouteSchema, ApiKeyAuthSchema } from '../proto/extensions/api_key_auth_pb.js';
import type { BandwidthLimitSchema } from '../proto/extensions/bandwidth_limit_pb.js';
import type { BasicAuthPerRouteSchema, BasicAuthSchema } from '../proto/extensions/basic_auth_pb.js';
import type { BrotliSchema } from '../proto/extensions/brotli_pb.js';
import type { BufferPerRouteSchema, BufferSchema } from '../proto/extensions/buffer_pb.js';
import type { ClientSideWeightedRoundRobinSchema } from '../proto/extensions/client_side_weighted_round_robin_pb.js';
import type { CompressorPerRouteSchema, CompressorSchema } from '../proto/extensions/compressor_pb.js';
import type { ConnectionLimitSchema } from '../proto/extensions/connection_limit_pb.js';
import type { CookieBasedSessionStateSchema } from '../proto/extensions/cookie_session_pb.js';
import type { CorsPolicySchema, CorsSchema } from '../proto/extensions/cors_pb.js';
import type { CredentialInjectorSchema } from '../proto/extensions/credential_injector_pb.js';
import type { CsrfPolicySchema } from '../proto/extensions/csrf_pb.js';
import type { CustomHeaderConfigSchema } from '../proto/extensions/custom_header_detection_pb.js';
import type { CustomResponseSchema } from '../proto/extensions/custom_response_pb.js';
import type { DnsClusterSchema } from '../proto/extensions/dns_cluster_pb.js';
import type { HeaderMutationSchema as EarlyHeaderMutationSchema } from '../proto/extensions/early_header_mutation_pb.js';
import type { HTTPFaultSchema } from '../proto/extensions/fault_pb.js';
import type { GenericSchema } from '../proto/extensions/generic_credential_pb.js';
import type { GrpcWebSchema } from '../proto/extensions/grpc_web_pb.js';
import type { GzipSchema } from '../proto/extensions/gzip_pb.js';
import type {
  HeaderMutationPerRouteSchema,
  HeaderMutationSchema,
} from '../proto/extensions/header_mutation_pb.js';
import type { HeaderBasedSessionStateSchema } from '../proto/extensions/header_session_pb.js';
import type { HealthCheckSchema } from '../proto/extensions/health_check_filter_pb.js';
import type { HttpConnectionManagerSchema } from '../proto/extensions/http_connection_manager_pb.js';
import type { HttpProtocolOptionsSchema } from '../proto/extensions/http_protocol_options_pb.js';
import type { IpSchema } from '../proto/extensions/ip_matcher_pb.js';
import type { LeastRequestSchema } from '../proto/extensions/least_request_pb.js';
import type { LocalRateLimitSchema } from '../proto/extensions/local_ratelimit_pb.js';
import type { LocalResponsePolicySchema } from '../proto/extensions/local_response_pb.js';
import type { MaglevSchema } from '../proto/extensions/maglev_pb.js';
import type { SourceIPInputSchema } from '../proto/extensions/network_inputs_pb.js';
import type { OverrideHostSchema } from '../proto/extensions/override_host_pb.js';
import type { PreserveCaseFormatterConfigSchema } from '../proto/extensions/preserve_case_pb.js';
import type { PreviousHostsPredicateSchema } from '../proto/extensions/previous_hosts_pb.js';
import type { PreviousPrioritiesConfigSchema } from '../proto/extensions/previous_priorities_pb.js';
import type { ProxyProtocolSchema } from '../proto/extensions/proxy_protocol_pb.js';
import type { RandomSchema } from '../proto/extensions/random_pb.js';
import type { RateLimitPerRouteSchema, RateLimitSchema } from '../proto/extensions/ratelimit_pb.js';
import type { RawBufferSchema } from '../proto/extensions/raw_buffer_pb.js';
import type { RBACPerRouteSchema, RBACSchema } from '../proto/extensions/rbac_pb.js';
import type { RedirectPolicySchema } from '../proto/extensions/redirect_response_pb.js';
import type { RoundRobinSchema } from '../proto/extensions/round_robin_pb.js';
import type { RouterSchema } from '../proto/extensions/router_pb.js';
import type {
  StatefulSessionPerRouteSchema,
  StatefulSessionSchema,
} from '../proto/extensions/stateful_session_pb.js';
import type { TcpProxySchema } from '../proto/extensions/tcp_proxy_pb.js';
import type { TlsInspectorSchema } from '../proto/extensions/tls_inspector_pb.js';
import type {
  DownstreamTlsContextSchema,
  SecretSchema,
  UpstreamTlsContextSchema,
} from '../proto/extensions/tls_pb.js';
import type {
  UdpProxyConfigSchema,
  RouteSchema as UdpRouteSchema,
} from '../proto/extensions/udp_proxy_pb.js';
import type { UpstreamCodecSchema } from '../proto/extensions/upstream_codec_pb.js';
import type { ProxyProtocolUpstreamTransportSchema } from '../proto/extensions/upstream_proxy_protocol_pb.js';
import type { WasmSchema } from '../proto/extensions/wasm_pb.js';
import type { WrrLocalitySchema } from '../proto/extensions/wrr_locality_pb.js';
import type { XffConfigSchema } from '../proto/extensions/xff_detection_pb.js';
import type { ZstdSchema } from '../proto/extensions/zstd_pb.js';
import type {
  HttpRequestHeaderMatchInputSchema,
  HttpResponseHeaderMatchInputSchema,
  HttpResponseLocalReplyMatchInputSchema,
  HttpResponseStatusCodeMatchInputSchema,
} from '../proto/matcher_pb.js';
import type { ActionSchema } from '../proto/rbac_pb.js';
import type { FilterConfigSchema } from '../proto/route_pb.js';

/** Every message that is written in an Any. */
type Schemas =
  | typeof CustomResponseSchema
  | typeof LocalResponsePolicySchema
  | typeof RedirectPolicySchema
  | typeof HttpResponseHeaderMatchInputSchema
  | typeof HttpResponseLocalReplyMatchInputSchema
  | typeof HttpResponseStatusCodeMatchInputSchema
  | typeof AdmissionControlSchema
  | typeof ApiKeyAuthPerRouteSchema
  | typeof ApiKeyAuthSchema
  | typeof BasicAuthPerRouteSchema
  | typeof BasicAuthSchema
  | typeof CredentialInjectorSchema
  | typeof GenericSchema
  | typeof BandwidthLimitSchema
  | typeof BrotliSchema
  | typeof BufferPerRouteSchema
  | typeof BufferSchema
  | typeof CompressorPerRouteSchema
  | typeof CompressorSchema
  | typeof GzipSchema
  | typeof HTTPFaultSchema
  | typeof ZstdSchema
  | typeof ActionSchema
  | typeof HttpRequestHeaderMatchInputSchema
  | typeof IpSchema
  | typeof RBACPerRouteSchema
  | typeof RBACSchema
  | typeof SourceIPInputSchema
  | typeof ConnectionLimitSchema
  | typeof CustomHeaderConfigSchema
  | typeof HealthCheckSchema
  | typeof PreserveCaseFormatterConfigSchema
  | typeof ProxyProtocolSchema
  | typeof ProxyProtocolUpstreamTransportSchema
  | typeof XffConfigSchema
  | typeof ClientSideWeightedRoundRobinSchema
  | typeof CookieBasedSessionStateSchema
  | typeof CorsPolicySchema
  | typeof CorsSchema
  | typeof CsrfPolicySchema
  | typeof DnsClusterSchema
  | typeof DownstreamTlsContextSchema
  | typeof EarlyHeaderMutationSchema
  | typeof FilterConfigSchema
  | typeof GrpcWebSchema
  | typeof HeaderBasedSessionStateSchema
  | typeof HeaderMutationPerRouteSchema
  | typeof HeaderMutationSchema
  | typeof HttpConnectionManagerSchema
  | typeof HttpProtocolOptionsSchema
  | typeof LeastRequestSchema
  | typeof LocalRateLimitSchema
  | typeof MaglevSchema
  | typeof OverrideHostSchema
  | typeof PreviousHostsPredicateSchema
  | typeof PreviousPrioritiesConfigSchema
  | typeof RandomSchema
  | typeof RateLimitPerRouteSchema
  | typeof RateLimitSchema
  | typeof RawBufferSchema
  | typeof RoundRobinSchema
  | typeof RouterSchema
  | typeof SecretSchema
  | typeof StatefulSessionPerRouteSchema
  | typeof StatefulSessionSchema
  | typeof TcpProxySchema
  | typeof TlsInspectorSchema
  | typeof UdpProxyConfigSchema
  | typeof UdpRouteSchema
  | typeof UpstreamCodecSchema
  | typeof UpstreamTlsContextSchema
  | typeof WasmSchema
  | typeof WrrLocalitySchema;

/** Full name of a message → its fields; a message whose JSON is a single value has it in `value`. */
type Messages = { [S in Schemas as S['typeName']]: Written<MessageJsonType<S>> } & {
  [S in typeof StringValueSchema as S['typeName']]: { readonly value: string };
};
export type MessageName = keyof Messages;

/**
 * What is generated for JSON, read-only all the way down, with each Any one of those above. Protobuf knows no
 * required fields; those of `Required` are never left out, so that readers need not ask.
 */
export type Written<T> = T extends readonly (infer Item)[]
  ? readonly Written<Item>[]
  : T extends object
    ? Fields<T>
    : T;
type Fields<T> = string extends keyof T
  ? { readonly [Key in keyof T]: Written<T[Key]> | undefined }
  : ['@type', keyof T] extends [keyof T, '@type']
    ? Any
    : { readonly [Key in keyof T as Exclude<Key, Always<T>>]: Written<T[Key]> } & {
        readonly [Key in keyof T & Always<T>]: Written<NonNullable<T[Key]>>;
      };
/** A filter chain that is alone needs no name. */
type Always<T> = 'filter_chain_match' extends keyof T ? Exclude<Required, 'name'> : Required;
type Required =
  | 'name'
  | 'typed_config'
  | 'static_resources'
  | 'listeners'
  | 'filter_chains'
  | 'filters'
  | 'virtual_hosts'
  | 'routes'
  | 'clusters';

export type AnyOf<Name extends MessageName> = {
  readonly '@type': `type.googleapis.com/${Name}`;
} & Messages[Name];
/** An empty one says that there is none, as for a filter that is only switched on. */
export type Any = { [Name in MessageName]: AnyOf<Name> }[MessageName] | { readonly '@type'?: undefined };

export const typeUrl = <Name extends string>(name: Name) => `type.googleapis.com/${name}` as const;

export const any = <Name extends MessageName>(name: Name, message: Messages[Name]): AnyOf<Name> => ({
  '@type': typeUrl(name),
  ...message,
});

/** An extension with the name that Envoy gives its own: `envoy.filters.http.router`. */
export const extension = <Name extends MessageName>(name: Name, message: Messages[Name]) => ({
  name: name.replace(/^envoy\.extensions\.(.+)\.v3\.\w+$/, 'envoy.$1'),
  typed_config: any(name, message),
});

export const isA = <Name extends MessageName>(
  name: Name,
  any: Any | undefined,
): any is Extract<Any, { '@type': AnyOf<Name>['@type'] }> => any?.['@type'] === typeUrl(name);
