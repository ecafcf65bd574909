/**
 * The HTTP filters around the router. Ours are listed as disabled, and the routes that need them switch them
 * on; other routes pay nothing. What protects the client (headers removed in both directions) is done by
 * Envoy's own filters, so it works while the wasm VM is being replaced, too.
 */
import { HINT_HEADER, LOAD_REPORT_HEADERS } from '../filter/header-names.ts';
import type { HeaderMutationJson } from '../proto/mutation_rules_pb.js';
import { type Any, any, extension } from './any.ts';
import type { EnvoyRoute, Extension, HttpFilter } from './envoy-types.ts';

/**
 * Announces trailers (RFC 9110, section 6.6.2). Where reports are stripped it goes as a whole: Envoy cannot
 * take one name out of its list, and it is only a hint.
 */
const TRAILER_HEADER = 'trailer';
/** Asks vLLM and Triton for a report with the answer; both take `text` and `json` in lower case only. */
export const REPORT_FORMAT_HEADER = 'endpoint-load-metrics-format';

export const STRIP = 'loadstar.strip';
export const SELECT = 'loadstar.select';
/** Of each part of a listener's pools (host/filter/parts.ts); the first is that of a listener with one. */
export const selectName = (part: number): string => (part === 0 ? SELECT : `${SELECT}.${part}`);
export const SESSION = 'loadstar.session';
export const REPORT = 'loadstar.report';

const removals = (names: readonly string[]) => names.map((remove) => ({ remove }));

export const router = (envoyHeaders: boolean): HttpFilter =>
  extension('envoy.extensions.filters.http.router.v3.Router', {
    suppress_envoy_headers: envoyHeaders ? undefined : true,
  });
export const upstreamCodec: HttpFilter = extension(
  'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec',
  {},
);

/** First in the list, so last on the way back: removes what the later filters add to the response. */
export const strip: HttpFilter = {
  name: STRIP,
  disabled: true,
  typed_config: any('envoy.extensions.filters.http.header_mutation.v3.HeaderMutation', { mutations: {} }),
};

/** Reads the hint. Not `strict`: a host that is unhealthy or gone is replaced by the cluster's own policy. */
export const session: HttpFilter = {
  name: SESSION,
  disabled: true,
  typed_config: any('envoy.extensions.filters.http.stateful_session.v3.StatefulSession', {
    session_state: extension('envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState', {
      name: HINT_HEADER,
    }),
  }),
};

/** What a client must not send: removed before routes are matched and filters run. */
const INTERNAL: readonly string[] = [HINT_HEADER, ...LOAD_REPORT_HEADERS];

/** The name with each hyphen kept or written as an underscore, which many servers take for the same. */
const spellings = (name: string): string[] =>
  name
    .split('-')
    .reduce<string[]>(
      (found, part, i) => (i === 0 ? [part] : found.flatMap((one) => [`${one}-${part}`, `${one}_${part}`])),
      [],
    );
const SPELLINGS = INTERNAL.flatMap(spellings);

/**
 * The user's edits first, so that none of them can bring back what is removed.
 * @param underscores Header names may have them.
 */
export function earlyHeaderMutation(
  edits: readonly HeaderMutationJson[],
  removesInternal: boolean,
  underscores: boolean,
): readonly Extension[] | undefined {
  const internal = removesInternal ? removals(underscores ? SPELLINGS : INTERNAL) : [];
  if (edits.length + internal.length === 0) return undefined;
  return [
    extension('envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation', {
      mutations: [...edits, ...internal],
    }),
  ];
}

/**
 * A wasm module in one of its roles. All filters of a module name the same VM, so a worker has one copy of
 * it. After a trap the VM is replaced (FAIL_RELOAD); `fail_open` and FAIL_OPEN would leave it dead until
 * Envoy restarts.
 */
export function wasmFilter(name: string, wasm: string, configuration: string): Extension {
  return {
    name,
    typed_config: any('envoy.extensions.filters.http.wasm.v3.Wasm', {
      config: {
        name,
        root_id: name,
        vm_config: {
          vm_id: 'loadstar',
          runtime: 'envoy.wasm.runtime.v8',
          code: { local: { filename: wasm } },
        },
        configuration: any('google.protobuf.StringValue', { value: configuration }),
        failure_policy: 'FAIL_RELOAD',
        reload_config: { backoff: { base_interval: '0.050s' } },
      },
    }),
  };
}

/**
 * gRPC-Web requests become gRPC, as Envoy Gateway has it where a GRPCRoute is attached. First in the list:
 * the others see gRPC.
 */
export const grpcWeb: HttpFilter = {
  name: 'envoy.filters.http.grpc_web',
  disabled: true,
  typed_config: any('envoy.extensions.filters.http.grpc_web.v3.GrpcWeb', {}),
};

/**
 * typed_per_filter_config entry that switches a disabled filter on, with or without a configuration for the
 * route.
 */
const enabled = (config: Any = {}) => any('envoy.config.route.v3.FilterConfig', { config });

/** Switches gRPC-Web on for one route. */
export const withGrpcWeb = (
  filters: EnvoyRoute['typed_per_filter_config'],
): EnvoyRoute['typed_per_filter_config'] => ({ [grpcWeb.name]: enabled(), ...filters });

/** What the filter does on one route. */
export interface FilterUse {
  /** It picks the host, under this name; undefined: it does not. */
  readonly select: string | undefined;
  /** It reads the load reports of one of the route's clusters: before the cluster's codec … */
  readonly report: boolean;
  /** … or where it picks, for a policy that is sticky until hot. */
  readonly sticky: boolean;
}

/**
 * Undefined when the route needs none of our filters.
 * @param stripReports Whether the client gets no load reports. Their headers are removed by the route itself,
 *   but not before a sticky policy has read them.
 */
export function perRouteFilters(
  { select, report, sticky }: FilterUse,
  stripReports: boolean,
): EnvoyRoute['typed_per_filter_config'] {
  if (select === undefined && !report && !stripReports) return undefined;
  const hint = (select !== undefined && !sticky) || report ? [HINT_HEADER] : [];
  const reports = stripReports ? LOAD_REPORT_HEADERS : [];
  const mutations = {
    // Early header mutation removed them from the request's headers; HTTP/2 requests can also have trailers.
    request_trailers_mutations: removals([...hint, ...LOAD_REPORT_HEADERS]),
    response_mutations: removals([
      ...hint,
      ...(stripReports ? [TRAILER_HEADER] : []),
      ...(sticky ? LOAD_REPORT_HEADERS : []),
    ]),
    response_trailers_mutations: removals([...hint, ...reports]),
  };
  return {
    [STRIP]: enabled(
      any('envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute', { mutations }),
    ),
    ...(select === undefined ? {} : { [select]: enabled() }),
    // A key that is sticky until hot names no host.
    ...(select === undefined || sticky ? {} : { [SESSION]: enabled() }),
  };
}
