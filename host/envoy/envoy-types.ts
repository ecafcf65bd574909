/**
 * The part of Envoy's v3 API that Loadstar writes, with the field names of the proto files, as the config
 * reference prints them: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/api. The types are generated
 * from proto/: what is not there does not compile. Every value is plain data, ready for emit.ts.
 */

import type { FilterOptions } from '../filter/options.ts';
import type { BootstrapJson } from '../proto/bootstrap_pb.js';
import type { ClusterJson } from '../proto/cluster_pb.js';
import type { TypedExtensionConfigJson } from '../proto/core_pb.js';
import type {
  HttpConnectionManagerJson,
  HttpFilterJson,
} from '../proto/extensions/http_connection_manager_pb.js';
import type { ListenerJson } from '../proto/listener_pb.js';
import type { RouteConfigurationJson, RouteJson } from '../proto/route_pb.js';
import type { Written } from './any.ts';

export type Bootstrap = Written<BootstrapJson>;
export type EnvoyListener = Written<ListenerJson>;
export type HttpConnectionManager = Written<HttpConnectionManagerJson>;
export type HttpFilter = Written<HttpFilterJson>;
export type RouteConfiguration = Written<RouteConfigurationJson>;
export type EnvoyRoute = Written<RouteJson>;
export type Cluster = Written<ClusterJson>;
/** Also the shape of a network filter. */
export type Extension = Written<TypedExtensionConfigJson>;

/** A service of envoy.service.ratelimit.v3, in plain text. */
export interface RateLimitService {
  readonly address: string;
  readonly port: number;
  /** While it does not answer, requests are refused, not let through. */
  readonly failClosed: boolean;
}

export interface EnvoyOptions extends FilterOptions {
  readonly admin: { readonly address: string; readonly port: number };
  /** No other process may share the ports of the listeners. */
  readonly exclusivePorts?: boolean;
  /** Where global rate limits are counted. */
  readonly rateLimitService?: RateLimitService;
  /** The zone this Envoy runs in, for zone-aware routing. */
  readonly zone?: string;
  /**
   * Its configuration changes while it runs: every listener has our filters from the beginning (switched
   * off), so that the first route that needs one changes no listener, which would end its connections.
   */
  readonly live?: boolean;
  /**
   * Where the files of certificates are, an absolute path; absent: Envoy asks for certificates as for the
   * rest.
   */
  readonly tlsFolder?: string;
}
