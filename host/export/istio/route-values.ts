/** A route → what Istio's route of its rule lacks. */
import { perRouteFilters } from '../../envoy/filters.ts';
import { forwardAction, WEBSOCKET } from '../../envoy/forward.ts';
import { filterUse } from '../../envoy/listener.ts';
import { LOAD_REPORT_HEADERS } from '../../filter/header-names.ts';
import type { FilterPlan } from '../../filter/plan.ts';
import type { ForwardAction, Route } from '../../plan/types.ts';

export interface RouteValues {
  /** Joined with what the user's own filters do. */
  readonly added: object;
  /** In place of what Istio has. */
  readonly replaced: object;
}

/** @param splits Istio chooses among several backends, by their weights. */
export function routeValues(route: Route, filter: FilterPlan, splits: boolean): RouteValues {
  const { action } = route;
  if (action.kind !== 'forward') return { added: {}, replaced: {} };
  const use = filterUse(route, [], filter);
  const strips = use.report && action.stripLoadReports;
  const filters = perRouteFilters(use, strips);
  return {
    added: {
      ...(strips && { response_headers_to_remove: LOAD_REPORT_HEADERS }),
      ...(filters && { typed_per_filter_config: filters }),
    },
    replaced: route.policy === undefined ? {} : replaced(action, splits),
  };
}

/** What the policy asks for; the same that a rule has itself says it once more. */
function replaced(action: ForwardAction, splits: boolean): object {
  const { timeout, idle_timeout, max_stream_duration, retry_policy, hash_policy, upgrade_configs } =
    forwardAction(action);
  const { upgrades } = action;
  const usual = upgrades.length === 0 || upgrades.join() === WEBSOCKET;
  // Without it a share is chosen at random for each request, and a key would not stay at its host.
  const weighted = hash_policy !== undefined && splits ? { use_hash_policy: true } : undefined;
  const parts = {
    timeout,
    idle_timeout,
    max_stream_duration,
    retry_policy,
    hash_policy,
    upgrade_configs: usual ? undefined : upgrade_configs,
    weighted_clusters: weighted,
  };
  const set = Object.entries(parts).filter(([, value]) => value !== undefined);
  return set.length === 0 ? {} : { route: Object.fromEntries(set) };
}
