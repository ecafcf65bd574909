/** A route → what Istio's route of its rule lacks. */
import { any } from '../../envoy/any.ts';
import { perRouteFilters } from '../../envoy/filters.ts';
import { forwardAction, WEBSOCKET } from '../../envoy/forward.ts';
import { headerMutations } from '../../envoy/headers.ts';
import { filterUse, reportFormat } from '../../envoy/listener.ts';
import { askingFor } from '../../envoy/route.ts';
import { LOAD_REPORT_HEADERS } from '../../filter/header-names.ts';
import type { Part } from '../../filter/parts.ts';
import type { FilterPlan } from '../../filter/plan.ts';
import { NO_EDITS } from '../../plan/routes/no-edits.ts';
import type { ForwardAction, Pool, Route } from '../../plan/types.ts';

export interface RouteValues {
  /** Joined with what the user's own filters do. */
  readonly added: object;
  /** In place of what Istio has. */
  readonly replaced: object;
}

/**
 * @param parts What the filter does on the route's listener.
 * @param splits Istio chooses among several backends, by their weights.
 */
export function routeValues(
  route: Route,
  pools: ReadonlyMap<string, Pool>,
  filter: FilterPlan,
  parts: readonly Part[],
  splits: boolean,
): RouteValues {
  const { action } = route;
  if (action.kind !== 'forward') return { added: {}, replaced: {} };
  const use = filterUse(route, parts, filter);
  const strips = use.sticky || (use.report && action.stripLoadReports);
  const filters = withSelect(perRouteFilters(use, strips), use.select);
  const format = use.sticky ? reportFormat(route, pools) : undefined;
  return {
    added: {
      // The route's edits come before any filter, and so before the one that reads the reports.
      ...(strips && !use.sticky && { response_headers_to_remove: LOAD_REPORT_HEADERS }),
      ...(format && { request_headers_to_add: asking(format) }),
      ...(filters && { typed_per_filter_config: filters }),
    },
    replaced: route.policy === undefined ? {} : replaced(action, use.sticky, splits),
  };
}

type PerRoute = ReturnType<typeof perRouteFilters>;

/**
 * Istio reads no empty message of any kind, with which a route else switches the filter on. The filter has no
 * settings of routes, and ignores those that are optional.
 */
const withSelect = (filters: PerRoute, select: string | undefined): PerRoute =>
  select === undefined ? filters : { ...filters, [select]: SELECT_ON };
const SELECT_ON = any('envoy.config.route.v3.FilterConfig', {
  config: any('envoy.extensions.filters.http.wasm.v3.Wasm', {}),
  is_optional: true,
});

const asking = (format: string) =>
  headerMutations(askingFor(format, NO_EDITS), undefined).request_headers_to_add;

/** What the policy asks for; the same that a rule has itself says it once more. */
function replaced(action: ForwardAction, sticky: boolean, splits: boolean): object {
  const { timeout, idle_timeout, max_stream_duration, retry_policy, hash_policy, upgrade_configs } =
    forwardAction(action, sticky);
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
