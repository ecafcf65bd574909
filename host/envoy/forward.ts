/**
 * ForwardAction of the plan → config.route.v3.RouteAction: the target, the new path, timeouts, retries and
 * hash keys.
 */

import { CHANGED_KEY } from '../filter/header-names.ts';
import type { ForwardAction, HashKey, HostSource, Retry } from '../plan/types.ts';
import type { RouteAction_HashPolicyJson, RouteActionJson } from '../proto/route_pb.js';
import { any, type Written } from './any.ts';
import { duration, optionalDuration } from './durations.ts';
import { fraction } from './fractions.ts';
import { headerMutations } from './headers.ts';
import { rewritePath, substitute } from './path-edit.ts';

/**
 * The cluster name for a share of a split that nothing serves. It is never defined, so Envoy answers with
 * `cluster_not_found_response_code`.
 */
export const MISSING_CLUSTER = 'invalid-backend-cluster';

type Action = Written<RouteActionJson>;

/** The protocol to which a listener lets every request upgrade whose route does not say otherwise. */
export const WEBSOCKET = 'websocket';

/** @param sticky A policy sticky until hot may give Envoy another key. */
export function forwardAction(action: ForwardAction, sticky = false): Action {
  const { rewrite, timeouts, retry } = action;
  const newHost = rewrite?.host !== undefined || rewrite?.hostFrom !== undefined;
  return {
    ...destination(action),
    ...(rewrite?.path === undefined ? {} : rewritePath(rewrite.path)),
    host_rewrite_literal: rewrite?.host,
    ...(rewrite?.hostFrom === undefined ? {} : hostRewrite(rewrite.hostFrom)),
    append_x_forwarded_host: newHost && !rewrite.unsaid ? true : undefined,
    timeout: optionalDuration(timeouts.requestMs),
    idle_timeout: optionalDuration(timeouts.idleMs),
    max_stream_duration:
      timeouts.maxStreamMs === undefined
        ? undefined
        : { max_stream_duration: duration(timeouts.maxStreamMs) },
    retry_policy: retry === undefined ? undefined : retryPolicy(retry),
    request_mirror_policies:
      action.mirrors.length === 0
        ? undefined
        : action.mirrors.map(({ pool, numerator, denominator }) => ({
            cluster: pool,
            runtime_fraction: { default_value: fraction(numerator, denominator) },
            disable_shadow_host_suffix_append: true,
          })),
    upgrade_configs: upgradeConfigs(action.upgrades),
    hash_policy: action.hash.length === 0 ? undefined : hashPolicies(action.hash, sticky),
  };
}

function hostRewrite(source: HostSource): Action {
  switch (source.kind) {
    case 'header':
      return { host_rewrite_header: source.name };
    case 'backend':
      return { auto_host_rewrite: true };
    case 'path':
      return { host_rewrite_path_regex: substitute(source) };
  }
}

/** The route's own, and no WebSocket unless that is one of them. */
function upgradeConfigs(own: readonly string[]): Action['upgrade_configs'] {
  const named = own.map((type) => ({ upgrade_type: type }));
  if (own.includes(WEBSOCKET)) return named;
  return [...named, { upgrade_type: WEBSOCKET, enabled: false }];
}

function destination(action: ForwardAction): Action {
  const [first] = action.to;
  const edited =
    first?.requestHeaders !== undefined ||
    first?.responseHeaders !== undefined ||
    first?.rewriteHost !== undefined;
  if (action.to.length === 1 && first?.pool != null && !action.split && !edited)
    return { cluster: first.pool };
  return {
    weighted_clusters: {
      clusters: action.to.map(({ pool, weight, requestHeaders, responseHeaders, rewriteHost }) => ({
        name: pool ?? MISSING_CLUSTER,
        weight,
        host_rewrite_literal: rewriteHost,
        ...headerMutations(requestHeaders, responseHeaders),
      })),
      // Without this, the share is chosen at random for each request, and a key would not stay at its host.
      use_hash_policy: action.hash.length === 0 ? undefined : true,
    },
    cluster_not_found_response_code:
      action.missingStatus === 503 ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_SERVER_ERROR',
  };
}

/**
 * A changed key goes before the route's own, and instead of them. Mostly there is none, and it counts
 * nothing.
 */
const hashPolicies = (keys: readonly HashKey[], sticky: boolean): Written<RouteAction_HashPolicyJson>[] => [
  ...(sticky ? [changedKeyFirst] : []),
  ...keys.map(hashPolicy),
];
export const changedKeyFirst = { filter_state: { key: CHANGED_KEY }, terminal: true };

function hashPolicy(key: HashKey): Written<RouteAction_HashPolicyJson> {
  switch (key.kind) {
    case 'header':
      return { header: { header_name: key.name } };
    case 'query':
      return { query_parameter: { name: key.name } };
    case 'source-ip':
      return { connection_properties: { source_ip: true } };
    case 'cookie':
      return {
        cookie: {
          name: key.name,
          ttl: optionalDuration(key.ttlMs),
          attributes:
            key.attributes.length === 0
              ? undefined
              : key.attributes.map(({ name, value }) => (value === '' ? { name } : { name, value })),
        },
      };
  }
}

/**
 * Envoy's default of the base interval. Envoy requires a base interval if a maximum is set, and it must not
 * be above it.
 */
const BASE_INTERVAL_MS = 25;

/** A retry goes to another host than those tried before, as Envoy Gateway sets it up. */
function retryPolicy(retry: Retry): Action['retry_policy'] {
  const { baseMs, maxMs } = retry.backoff ?? {};
  return {
    retry_on: retry.on.join(','),
    retriable_status_codes: retry.statusCodes.length > 0 ? retry.statusCodes : undefined,
    num_retries: retry.attempts,
    per_try_timeout: optionalDuration(retry.perTryTimeoutMs),
    retry_back_off:
      baseMs === undefined && maxMs === undefined
        ? undefined
        : {
            base_interval: duration(baseMs ?? Math.min(BASE_INTERVAL_MS, maxMs ?? BASE_INTERVAL_MS)),
            max_interval: optionalDuration(maxMs),
          },
    retry_host_predicate: [
      {
        name: 'envoy.retry_host_predicates.previous_hosts',
        typed_config: any('envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate', {}),
      },
    ],
    retry_priority:
      retry.attemptsPerPriority === undefined
        ? undefined
        : {
            name: 'envoy.retry_priorities.previous_priorities',
            typed_config: any(
              'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
              {
                update_frequency: retry.attemptsPerPriority,
              },
            ),
          },
    host_selection_retry_max_attempts: 5,
  };
}
