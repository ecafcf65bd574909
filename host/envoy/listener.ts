/**
 * What is bound to one port → config.listener.v3.Listener: an HTTP connection manager with its routes inline;
 * with TLS one for each listener of the plan, in a filter chain of its own. Where connections are passed on,
 * each of their routes has a filter chain.
 */

import { renderFilterConfig } from '../filter/config.ts';
import { selectModule } from '../filter/module.ts';
import type { FilterOptions } from '../filter/options.ts';
import type { Part } from '../filter/parts.ts';
import type { FilterPlan } from '../filter/plan.ts';
import { stickyOf } from '../plan/pools/sticky-of.ts';
import type { Listener, Pool, Route } from '../plan/types.ts';
import { extension } from './any.ts';
import {
  CLIENT_STREAMS,
  clientFilters,
  connectionLimit,
  earlyEdits,
  handshakeTimeout,
  managerSettings,
} from './clients/manager.ts';
import { proxyProtocol, socketFields } from './clients/socket.ts';
import type { EnvoyListener, EnvoyOptions, HttpConnectionManager, HttpFilter } from './envoy-types.ts';
import { inOrder } from './filter-order.ts';
import {
  earlyHeaderMutation,
  type FilterUse,
  grpcWeb,
  router,
  SELECT,
  SESSION,
  STRIP,
  selectName,
  session,
  strip,
  wasmFilter,
} from './filters.ts';
import { MISSING_CLUSTER, WEBSOCKET } from './forward.ts';
import { handlingFilters } from './handling/handlers.ts';
import { isStreamed } from './handling/proof-filters.ts';
import { envoyRoute, servesGrpc } from './route.ts';
import { connectionChains } from './tcp-proxy.ts';
import { downstreamTls, tlsInspector } from './tls.ts';
import { udpListener } from './udp-proxy.ts';
import { HTTP2 } from './upstream.ts';

export const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';

/** @param sharing All listeners of the port (host/plan/sockets.ts); several only with TLS. */
export function envoyListener(
  sharing: readonly [Listener, ...Listener[]],
  pools: ReadonlyMap<string, Pool>,
  filter: FilterPlan,
  options: EnvoyOptions,
): EnvoyListener {
  const [listener] = sharing;
  if (listener.connections?.kind === 'udp') return udpListener(listener, listener.connections.routes);
  const listenerFilters = [
    ...proxyProtocol(listener.socket),
    ...(sharing.some(needsInspector) ? [tlsInspector] : []),
  ];
  const socket = (address: string) => ({ socket_address: { address, port_value: listener.port } });
  return {
    name: listener.name,
    address: socket(listener.address),
    additional_addresses: listener.moreAddresses?.map((address) => ({ address: socket(address) })),
    enable_reuse_port: options.exclusivePorts === true ? false : undefined,
    ...socketFields(listener.socket),
    listener_filters: listenerFilters.length === 0 ? undefined : listenerFilters,
    filter_chains: sharing.flatMap((one) => {
      if (one.connections !== undefined) return connectionChains(one, one.connections, options);
      const manager = connectionManager(one, pools, filter, options);
      const filters = [...connectionLimit(one.clients, manager.stat_prefix ?? ''), extension(HCM, manager)];
      if (one.tls === undefined) return [{ filters }];
      return [
        {
          name: one.name,
          ...downstreamTls(one.tls, options, one.clients),
          filters,
          transport_socket_connect_timeout: handshakeTimeout(one.clients),
        },
      ];
    }),
  };
}

const needsInspector = ({ tls, connections }: Listener): boolean =>
  connections === undefined ? tls?.serverName !== undefined : connections.kind !== 'tcp';

function connectionManager(
  listener: Listener,
  pools: ReadonlyMap<string, Pool>,
  filter: FilterPlan,
  options: EnvoyOptions,
): HttpConnectionManager {
  const clients = listener.clients?.settings;
  const live = options.live === true;
  // Live there is one before a route needs it.
  const parts: readonly Part[] =
    filter.parts.get(listener) ?? (live && options.engine === 'filter' ? [undefined] : []);
  const grpcWebOn = (route: Route): boolean => clients?.grpcWeb ?? servesGrpc(route);
  const virtualHosts = listener.virtualHosts.map(({ name, domains, routes }) => ({
    name,
    domains,
    routes: routes.map((route) => {
      const use = filterUse(route, parts, filter);
      const format = use.select === undefined ? undefined : reportFormat(route, pools);
      return envoyRoute(route, use, format, grpcWebOn(route), isStreamed(options));
    }),
  }));
  const routes = virtualHosts.flatMap((host) => host.routes);
  const planned = listener.virtualHosts.flatMap((host) => host.routes);
  const missing = routes.some(({ route }) =>
    route?.weighted_clusters?.clusters?.some(({ name }) => name === MISSING_CLUSTER),
  );
  // A listener that lives has a filter before a route needs it.
  const needs = (name: string): boolean =>
    live || routes.some((route) => route.typed_per_filter_config?.[name] !== undefined);
  const strips = needs(STRIP);
  const grpc = live || planned.some(grpcWebOn);
  return {
    stat_prefix: `${listener.tls === undefined ? 'http' : 'https'}-${listener.port}`,
    codec_type: 'AUTO',
    // The source address is that of the connection, not one from X-Forwarded-For.
    use_remote_address: true,
    normalize_path: true,
    merge_slashes: true,
    path_with_escaped_slashes_action: 'UNESCAPE_AND_REDIRECT',
    server_header_transformation: 'PASS_THROUGH',
    common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' },
    http2_protocol_options: { max_concurrent_streams: CLIENT_STREAMS, ...HTTP2 },
    early_header_mutation_extensions: earlyHeaderMutation(
      earlyEdits(listener.clients),
      options.engine === 'filter' && strips,
      clients?.headers?.underscores === 'Allow',
    ),
    // For routes that answer by themselves, and for 404: without it their answer to an upgrade would be 403.
    // Other protocols are let through by their routes alone, so that the first one changes no listener.
    upgrade_configs: [{ upgrade_type: WEBSOCKET }],
    ...managerSettings(listener.clients),
    http_filters: httpFilters(
      [
        ...clientFilters(listener.clients),
        ...handlingFilters(listener, options),
        router(clients?.headers?.envoyHeaders ?? false),
      ],
      grpc,
      strips,
      needs(SESSION),
      parts,
      options,
    ),
    route_config: {
      name: listener.name,
      ignore_port_in_host_matching: true,
      validate_clusters: missing ? false : undefined,
      max_direct_response_body_size_bytes: bodyLimit(planned),
      virtual_hosts: virtualHosts,
    },
  };
}

/**
 * Envoy refuses a longer body. As Envoy Gateway: 1 MiB where its default is too little, or what is needed.
 */
function bodyLimit(routes: readonly Route[]): number | undefined {
  let longest = 0;
  for (const { action } of routes)
    if (action.kind === 'respond' && action.body !== undefined)
      longest = Math.max(longest, Buffer.byteLength(action.body));
  return longest <= ENVOYS_BODY ? undefined : Math.max(longest, LARGE_BODY);
}
const ENVOYS_BODY = 4096;
const LARGE_BODY = 1_048_576;

/** What the filter does on a route. */
export function filterUse(route: Route, parts: readonly Part[], { reports, sticky }: FilterPlan): FilterUse {
  const { action } = route;
  const to = action.kind === 'forward' ? action.to : [];
  const part = parts.findIndex((one) => one?.routes.has(route));
  return {
    select: part < 0 ? undefined : selectName(part),
    report: to.some(({ pool }) => pool !== null && reports.has(pool)),
    sticky: part >= 0 && to.some(({ pool }) => pool !== null && sticky.has(pool)),
  };
}

/** The value of the first pool whose policy sets it. */
export function reportFormat({ action }: Route, pools: ReadonlyMap<string, Pool>): string | undefined {
  if (action.kind !== 'forward') return undefined;
  for (const { pool } of action.to) {
    const format = stickyOf(pools.get(pool ?? ''))?.reportFormat;
    if (format !== undefined) return format;
  }
  return undefined;
}

function httpFilters(
  given: readonly HttpFilter[],
  grpc: boolean,
  strips: boolean,
  names: boolean,
  parts: readonly Part[],
  options: EnvoyOptions,
): HttpFilter[] {
  const filters = [...given];
  if (grpc) filters.push(grpcWeb);
  if (strips) filters.push(strip);
  filters.push(...parts.map((part, i) => ({ ...selectFilter(part, options), name: selectName(i) })));
  // Where every policy is sticky until hot no host is named.
  if (parts.length > 0 && names) filters.push(session);
  return inOrder(filters);
}

/** One without a pool stands there and does nothing. */
export function selectFilter(part: Part, options: FilterOptions): HttpFilter {
  if (part === undefined) return strip;
  const { typed_config } = wasmFilter(SELECT, selectModule(part, options), renderFilterConfig(part.config));
  return { name: SELECT, disabled: true, typed_config };
}
