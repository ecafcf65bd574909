/** Listeners that share a port → what Envoy Gateway's listener and route configurations of them lack. */
import { groupBy } from '../../basics/collections.ts';
import { earlyHeaderMutation, perRouteFilters, selectName, session, strip } from '../../envoy/filters.ts';
import { changedKeyFirst } from '../../envoy/forward.ts';
import { headerMutations } from '../../envoy/headers.ts';
import { filterUse, reportFormat, selectFilter } from '../../envoy/listener.ts';
import { askingFor } from '../../envoy/route.ts';
import { HINT_HEADER, LOAD_REPORT_HEADERS } from '../../filter/header-names.ts';
import type { FilterOptions } from '../../filter/options.ts';
import type { FilterPlan } from '../../filter/plan.ts';
import { NO_EDITS } from '../../plan/routes/no-edits.ts';
import type { Listener, Pool, Route } from '../../plan/types.ts';
import { type Patch, patch } from './patches.ts';

/** How Envoy Gateway names listeners: by Gateway and listener, or (XDSNameSchemeV2) by port. */
export type Names = 'v1' | 'v2';

const MANAGER = '[?(@.name=="envoy.filters.network.http_connection_manager")].typed_config';

export function listenerPatches(
  [first, ...others]: readonly [Listener, ...Listener[]],
  pools: ReadonlyMap<string, Pool>,
  filter: FilterPlan,
  options: FilterOptions,
  names: Names,
): Patch[] {
  const port = first.declaredPort ?? first.port;
  const socket = names === 'v2' ? `tcp-${port}` : first.name;
  return [first, ...others].flatMap((listener) => {
    const table = listener.tls === undefined && names === 'v2' ? `http-${port}` : listener.name;
    const routes = routePatches(listener, table, pools, filter);
    if (routes.length === 0) return [];
    // With TLS each has a filter chain of its own.
    const jsonPath =
      listener.tls === undefined
        ? `..filters${MANAGER}`
        : `$.filter_chains[?(@.name=="${listener.name}")].filters${MANAGER}`;
    const add = (path: string, value: unknown) => patch('listener', socket, path, value, { jsonPath });
    const underscores = listener.clients?.settings.headers?.underscores === 'Allow';
    return [
      ...(earlyHeaderMutation([], true, underscores) ?? []).map((one) =>
        add('/early_header_mutation_extensions/-', one),
      ),
      ...filtersOf(listener, filter, options).map((one, i) => add(`/http_filters/${i}`, one)),
      ...routes,
    ];
  });
}

/** In front of all others. */
function filtersOf(listener: Listener, filter: FilterPlan, options: FilterOptions): readonly object[] {
  const parts = filter.parts.get(listener) ?? [];
  return [
    strip,
    ...parts.map((part, i) => ({ ...selectFilter(part, options), name: selectName(i) })),
    ...(parts.length > 0 ? [session] : []),
  ];
}

type Edit = readonly [path: string, value: unknown];

/**
 * A rule's routes differ by match and host name only, so that one patch is for all of them, now and later.
 */
function routePatches(
  listener: Listener,
  table: string,
  pools: ReadonlyMap<string, Pool>,
  filter: FilterPlan,
): Patch[] {
  const edited = listener.virtualHosts
    .flatMap((host) => host.routes)
    .map((route) => ({ name: route.name, edits: editsOf(route, listener, pools, filter) }));
  const rules = groupBy(edited, ({ name }) => name.replace(/\/match\/.*$/, ''));
  const patches = (edits: readonly Edit[], jsonPath: string) =>
    edits.map(([path, value]) => patch('routes', table, path, value, { jsonPath }));
  return [...rules].flatMap(([rule, routes]) => {
    const texts = new Set(routes.map(({ edits }) => JSON.stringify(edits)));
    // No name in the API has a character that is special in a regular expression but the dot.
    return texts.size === 1
      ? patches(routes[0]!.edits, `..routes[?match(@.name, "${rule.replaceAll('.', '[.]')}/.*")]`)
      : routes.flatMap(({ name, edits }) => patches(edits, `..routes[?(@.name=="${name}")]`));
  });
}

const LISTS = ['request_headers_to_remove', 'response_headers_to_remove', 'request_headers_to_add'] as const;

function editsOf(
  route: Route,
  listener: Listener,
  pools: ReadonlyMap<string, Pool>,
  filter: FilterPlan,
): readonly Edit[] {
  const { action } = route;
  if (action.kind !== 'forward') return [];
  const use = filterUse(route, filter.parts.get(listener) ?? [], filter);
  const picks = use.select !== undefined;
  const stripped = picks || (use.report && action.stripLoadReports);
  const filters = perRouteFilters(use, stripped) ?? {};
  const format = picks ? reportFormat(route, pools) : undefined;
  // Under BackendUtilization Envoy Gateway removes the headers of reports itself.
  const removed = picks && !use.sticky ? LOAD_REPORT_HEADERS : [];
  const asked = format === undefined ? undefined : askingFor(format, NO_EDITS);
  const lists = headerMutations(asked, undefined, picks && !use.sticky ? [HINT_HEADER] : [], removed);
  return [
    // Before the route's own: a place in a list moves the others on.
    ...(use.sticky ? [['/route/hash_policy/0', changedKeyFirst] as const] : []),
    ...Object.entries(filters).map(([name, config]) => [`/typed_per_filter_config/${name}`, config] as const),
    ...LISTS.flatMap((list) => (lists[list] ?? []).map((one) => [`/${list}/-`, one] as const)),
  ];
}
