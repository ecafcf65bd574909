/**
 * Global rate limits → the filter ratelimit, which asks a service. As Envoy Gateway: a domain for each
 * Gateway listener, with the route's name as the first key; one for each policy with shared rules, with the
 * rule's name. A filter asks for one domain.
 */
import { groupBy } from '../../basics/collections.ts';
import { isAddress } from '../../plan/pools/address.ts';
import type { GlobalRule, Pool, Route } from '../../plan/types.ts';
import type { RateLimitJson } from '../../proto/route_pb.js';
import { any, extension, type Written } from '../any.ts';
import type { EnvoyOptions, HttpFilter, RateLimitService } from '../envoy-types.ts';
import type { Handler } from './handler.ts';
import { type LimitAction, limitActions } from './limit-actions.ts';
import { headerOption } from './local-limit.ts';

const FILTER = 'envoy.extensions.filters.http.ratelimit.v3.RateLimit';
const NAME = 'envoy.filters.http.ratelimit';
export const RATE_LIMIT_CLUSTER = 'ratelimit_cluster';
const ADDRESSES = { range: 'masked_remote_address', each: 'remote_address' };

/** A rule in the domain in which it is counted, and its keys. */
export interface CountedRule {
  readonly domain: string;
  readonly rule: GlobalRule;
  /** The first is for the route, or for the shared rule. */
  readonly actions: readonly LimitAction[];
}

export function countedRules({ handling, name, section = '', policy }: Route): readonly CountedRule[] {
  const owner = `${policy?.namespace}/${policy?.name}`;
  const places = { shared: 0, own: 0 };
  return (handling?.globalLimit ?? []).map((rule, i) => {
    const place = rule.shared ? places.shared++ : places.own++;
    const key = rule.shared ? `${owner}/rule/${i}` : name;
    const first = {
      action: { generic_key: { descriptor_key: key, descriptor_value: key } },
      key,
      value: key,
    };
    return {
      domain: rule.shared ? owner : section,
      rule,
      actions: [first, ...limitActions(rule, place, ADDRESSES)],
    };
  });
}

/** The domain of shared rules is a part of the name of their filter. */
const filterOf = ({ domain, rule }: CountedRule): string => (rule.shared ? `${NAME}/${domain}` : NAME);

export const globalLimit: Handler = {
  filters: (routes, { name, clients }, { rateLimitService }) => {
    const names = new Map<string, string>();
    for (const route of routes)
      for (const counted of countedRules(route))
        names.set(filterOf(counted), counted.rule.shared ? counted.domain : name);
    const silent = clients?.settings.headers?.silentLimits === true;
    return [...names]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([filter, domain]) => filterFor(filter, domain, silent, rateLimitService));
  },
  onRoute: (_, route) =>
    [...groupBy(countedRules(route), filterOf)].map(([filter, rules]) => [
      filter,
      any('envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute', {
        rate_limits: rules.flatMap(rateLimits),
        domain: rules[0]!.domain,
      }),
    ]),
};

const filterFor = (
  name: string,
  domain: string,
  silent: boolean,
  service: RateLimitService | undefined,
): HttpFilter => ({
  ...extension(FILTER, {
    domain,
    failure_mode_deny: service?.failClosed || undefined,
    rate_limit_service: {
      grpc_service: { envoy_grpc: { cluster_name: RATE_LIMIT_CLUSTER } },
      transport_api_version: 'V3',
    },
    enable_x_ratelimit_headers: silent ? undefined : 'DRAFT_VERSION_03',
    disable_x_envoy_ratelimited_header: true,
  }),
  name,
  disabled: true,
});

function rateLimits({ rule, actions }: CountedRule): Written<RateLimitJson>[] {
  const common = { actions: actions.map(({ action }) => action), x_ratelimit_option: headerOption(rule) };
  const addend = (number: number | undefined) => (number === undefined ? undefined : { number });
  const limits: Written<RateLimitJson>[] = [{ ...common, hits_addend: addend(rule.cost) }];
  if (rule.responseCost !== undefined)
    limits.push({ ...common, hits_addend: addend(rule.responseCost), apply_on_stream_done: true });
  return limits;
}

/** The service as a pool of one host; undefined where no route asks it. */
export function rateLimitPool(
  routes: readonly Route[],
  { rateLimitService: service }: EnvoyOptions,
): Pool | undefined {
  if (service === undefined || routes.every(({ handling }) => handling?.globalLimit === undefined))
    return undefined;
  const { address, port } = service;
  const endpoint = { address, port, weight: 1, draining: false };
  return {
    name: RATE_LIMIT_CLUSTER,
    protocol: 'http2',
    discovery: isAddress(address) ? 'static' : 'dns',
    localities: [{ region: RATE_LIMIT_CLUSTER, weight: 1, priority: 0, endpoints: [endpoint] }],
    balancer: { kind: 'least-request' },
    circuitBreaker: { maxParallelRetries: 1024 },
    overrideHeaders: [],
    from: { kind: 'Service', namespace: '', name: RATE_LIMIT_CLUSTER },
  };
}
