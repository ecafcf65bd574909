/**
 * Pool of the plan → config.cluster.v3.Cluster with its endpoints inline, since there is no control plane.
 */

import { filterNames, renderFilterConfig } from '../filter/config.ts';
import { reportModule } from '../filter/module.ts';
import type { FilterPlan } from '../filter/plan.ts';
import { checksGrpcOverHttp1 } from '../plan/pools/advice.ts';
import type { HealthCheck, Locality, Pool, Preconnect } from '../plan/types.ts';
import { admissionControl } from './admission-control.ts';
import { type AnyOf, any } from './any.ts';
import { PRESERVE_CASE } from './clients/manager.ts';
import { duration, optionalDuration } from './durations.ts';
import type { Cluster, EnvoyOptions } from './envoy-types.ts';
import { REPORT, upstreamCodec, wasmFilter } from './filters.ts';
import { circuitBreakers, endpointHealthCheck, healthCheck, outlierDetection } from './health.ts';
import { loadBalancingPolicy } from './load-balancing.ts';
import { connectionOptions, dnsCluster, http2Options } from './upstream.ts';
import { type MetadataOf, upstreamSockets } from './upstream-tls.ts';

export const PROTOCOL_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
/** Envoy Gateway's: 10 s to connect, 32 KiB for a connection's buffers. */
const CONNECT_TIMEOUT_MS = 10_000;
const BUFFER_BYTES = 32_768;
/** Envoy's own default, in percent: it is left out of the configuration. */
const PANIC_THRESHOLD = 50;
/**
 * States in which a host may be used that the filter's hint names. UNKNOWN: no health check is configured.
 */
export const USABLE = ['HEALTHY', 'UNKNOWN', 'DEGRADED'] as const;

/** @param authorities Name → PEM. */
export function cluster(
  pool: Pool,
  options: EnvoyOptions,
  filter: FilterPlan,
  authorities: ReadonlyMap<string, string> = new Map(),
): Cluster {
  const { metadataOf, ...sockets } = upstreamSockets(pool, { ...options, authorities });
  const protocolOptions = httpProtocolOptions(pool, options, filter);
  return {
    name: pool.name,
    ...(pool.discovery === 'static' ? { type: 'STATIC' } : { cluster_type: dnsCluster(pool.dns) }),
    connect_timeout: duration(pool.connectTimeoutMs ?? CONNECT_TIMEOUT_MS),
    per_connection_buffer_limit_bytes: pool.bufferBytes ?? BUFFER_BYTES,
    preconnect_policy: preconnectPolicy(pool.preconnect),
    ignore_health_on_host_removal: true,
    common_lb_config: commonLbConfig(pool, options),
    load_balancing_policy: loadBalancingPolicy(pool),
    circuit_breakers: circuitBreakers(pool.circuitBreaker),
    health_checks:
      pool.healthCheck === undefined || checksGrpcOverHttp1(pool)
        ? undefined
        : [
            healthCheck(
              pool.healthCheck,
              pool.localities.some(({ tls }) => tls !== undefined),
            ),
          ],
    outlier_detection:
      pool.outlierDetection === undefined ? undefined : outlierDetection(pool.outlierDetection),
    upstream_connection_options:
      pool.tcpKeepalive === undefined ? undefined : connectionOptions(pool.tcpKeepalive),
    typed_extension_protocol_options:
      protocolOptions === undefined ? undefined : { [PROTOCOL_OPTIONS]: protocolOptions },
    ...sockets,
    load_assignment: loadAssignment(pool.name, pool.localities, pool.healthCheck, metadataOf),
  };
}

const preconnectPolicy = (preconnect: Preconnect | undefined): Cluster['preconnect_policy'] =>
  preconnect === undefined
    ? undefined
    : {
        per_upstream_preconnect_ratio: preconnect.perHostRatio,
        predictive_preconnect_ratio: preconnect.predictiveRatio,
      };

function commonLbConfig(pool: Pool, options: EnvoyOptions): Cluster['common_lb_config'] {
  const config = {
    healthy_panic_threshold:
      pool.panicThreshold === undefined || pool.panicThreshold === PANIC_THRESHOLD
        ? undefined
        : { value: pool.panicThreshold },
    override_host_status: options.engine === 'filter' && filterNames(pool) ? { statuses: USABLE } : undefined,
  };
  return Object.values(config).some((value) => value !== undefined) ? config : undefined;
}

function httpProtocolOptions(
  pool: Pool,
  options: EnvoyOptions,
  filter: FilterPlan,
): AnyOf<typeof PROTOCOL_OPTIONS> | undefined {
  if (pool.protocol === 'tcp') return undefined;
  const reports = filter.reports.get(pool.name);
  const reads = reports !== undefined || filter.sticky.has(pool.name);
  const common = {
    idle_timeout: optionalDuration(pool.idleTimeoutMs),
    max_connection_duration: optionalDuration(pool.maxConnectionDurationMs),
    max_requests_per_connection: pool.maxRequestsPerConnection,
  };
  const { admission } = pool;
  const hasCommon = Object.values(common).some((value) => value !== undefined);
  const tls = pool.localities.map((locality) => locality.tls);
  const auto_sni = tls.length > 0 && tls.every((one) => one?.sni.kind === 'request') ? true : undefined;
  const plain = tls.every((one) => one === undefined);
  const { trailers = false, preserveCase = false } = pool.http1 ?? {};
  const usual = pool.protocol === 'http1' && !pool.clientProtocol && plain;
  if (!hasCommon && !reads && !trailers && !preserveCase && usual && admission === undefined)
    return undefined;
  // Without it Envoy drops HTTP/1.1 trailers, and the reports in them.
  const http1 = {
    http_protocol_options: {
      ...(reads || trailers ? { enable_trailers: true } : {}),
      ...(preserveCase ? { header_key_format: PRESERVE_CASE } : {}),
    },
  };
  const http2 = { http2_protocol_options: http2Options(pool.http2) };
  return any(PROTOCOL_OPTIONS, {
    common_http_protocol_options: hasCommon ? common : undefined,
    upstream_http_protocol_options: auto_sni && { auto_sni },
    ...(pool.clientProtocol
      ? { use_downstream_protocol_config: { ...http1, ...http2 } }
      : pool.protocol === 'auto'
        ? { auto_config: { ...http1, ...http2 } }
        : { explicit_http_config: pool.protocol === 'http2' ? http2 : http1 }),
    http_filters:
      reports === undefined && admission === undefined
        ? undefined
        : [
            ...(admission === undefined ? [] : [admissionControl(admission)]),
            ...(reports === undefined
              ? []
              : [wasmFilter(REPORT, reportModule(options), renderFilterConfig(reports))]),
            upstreamCodec,
          ],
  });
}

/** Exported for the cluster of this Envoy itself, which zone-aware routing needs. */
export function loadAssignment(
  name: string,
  localities: readonly Locality[],
  check?: HealthCheck,
  metadataOf: MetadataOf = () => undefined,
): Cluster['load_assignment'] {
  return {
    cluster_name: name,
    endpoints: localities.map((locality) => ({
      locality: { region: locality.region, zone: locality.zone },
      load_balancing_weight: locality.weight,
      priority: locality.priority === 0 ? undefined : locality.priority,
      lb_endpoints: locality.endpoints.map((endpoint) => ({
        endpoint: {
          address: { socket_address: { address: endpoint.address, port_value: endpoint.port } },
          hostname: endpoint.hostname,
          health_check_config: endpointHealthCheck(check, endpoint.hostname),
        },
        metadata: metadataOf(locality),
        load_balancing_weight: endpoint.weight,
        health_status: endpoint.draining ? 'DRAINING' : undefined,
      })),
    })),
  };
}
