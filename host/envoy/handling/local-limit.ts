/**
 * Local rate limits → the filter local_ratelimit: token buckets of a route, one for each rule and one for
 * what no rule counts.
 */
import { weakMemo } from '../../basics/collections.ts';
import type { LimitRule, LimitValue, LocalLimit } from '../../plan/types.ts';
import type { RateLimit_XRateLimitOptionJson } from '../../proto/route_pb.js';
import type { TokenBucketJson } from '../../proto/type_pb.js';
import { any, extension } from '../any.ts';
import { disabled, type Handler, oneFilter } from './handler.ts';
import { limitActions } from './limit-actions.ts';

const FILTER = 'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit';
const STATS = 'http_local_rate_limiter';
/**
 * Clients that are counted each for itself. Beyond it Envoy forgets those that it has not seen for longest;
 * by default beyond 20, which is what Envoy Gateway's limits have.
 */
export const MAX_CLIENTS = 10_000;
/** Envoy wants a bucket for what no rule counts. */
const UNLIMITED: LimitValue = { requests: 4_294_967_295, unit: 'Second', unitSeconds: 1 };

const routeConfig = weakMemo(({ otherwise = UNLIMITED, rules, silent }: LocalLimit) => {
  const counted = rules.map((rule, i) => {
    const addresses = { range: `rule-${i}-masked-remote-address`, each: `rule-${i}-remote-address` };
    return { rule, actions: limitActions(rule, i, addresses) };
  });
  const distinct = counted.some(({ actions }) => actions.some(({ value }) => value === undefined));
  return any(FILTER, {
    stat_prefix: STATS,
    token_bucket: bucket(otherwise),
    filter_enabled: ALL,
    filter_enforced: ALL,
    descriptors: counted.map(({ rule, actions }) => ({
      entries: actions.map(({ key, value }) => (value === undefined ? { key } : { key, value })),
      token_bucket: bucket(rule),
      shadow_mode: rule.shadow || undefined,
    })),
    enable_x_ratelimit_headers: silent || otherwise.headers === false ? undefined : 'DRAFT_VERSION_03',
    // A request that a rule counts is not counted here.
    always_consume_default_token_bucket: false,
    rate_limits: counted.map(({ rule, actions }) => ({
      actions: actions.map(({ action }) => action),
      hits_addend: rule.cost === undefined ? undefined : { number: rule.cost },
      x_ratelimit_option: headerOption(rule),
    })),
    max_dynamic_descriptors: distinct ? MAX_CLIENTS : undefined,
  });
});

export const localLimit: Handler = oneFilter(
  'localLimit',
  disabled(extension(FILTER, { stat_prefix: STATS })),
  routeConfig,
);

const ALL = { default_value: { numerator: 100 } };

const bucket = ({ requests, unitSeconds }: LimitValue): TokenBucketJson => ({
  max_tokens: requests,
  tokens_per_fill: requests,
  fill_interval: `${unitSeconds}s`,
});

export const headerOption = ({ headers }: LimitRule): RateLimit_XRateLimitOptionJson | undefined =>
  headers === undefined ? undefined : headers ? 'DRAFT_VERSION_03' : 'OFF';
