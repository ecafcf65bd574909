/**
 * Plan → what Istio lacks: an EnvoyFilter for each Gateway, and the module where its proxies find it.
 * Gateways, routes and Services stay as they are: Istio reads them too.
 */
import { groupBy } from '../../basics/collections.ts';
import { resourceTitle } from '../../diagnostics/diagnostic.ts';
import { earlyHeaderMutation, strip } from '../../envoy/filters.ts';
import { modulesOf } from '../../filter/module.ts';
import type { FilterOptions } from '../../filter/options.ts';
import { type FilterPlan, planFilter } from '../../filter/plan.ts';
import type { Model } from '../../model/resources.ts';
import { routesOf } from '../../plan/routes-of.ts';
import type { From, Listener, Plan, Pool, Route } from '../../plan/types.ts';
import { fatesOf, joined } from '../fates.ts';
import { moduleConfigMap } from '../module-objects.ts';
import type { Module } from '../modules.ts';
import { gatewayName, gatewayOf, poolsOf } from '../portable.ts';
import { type Exported, type Fate, type KubeObject, LABELS } from '../types.ts';
import { clusterValue } from './cluster-value.ts';
import { poolFate } from './fate.ts';
import { clusterName, routeName, ruleIndex } from './istio-names.ts';
import { lossesOf, titled } from './losses.ts';
import { clusterPatch, earlyPatch, filterPatch, type Patch, routePatch } from './patches.ts';
import { deploymentPatch, steps } from './pods.ts';
import { routeValues } from './route-values.ts';

export interface IstioOptions extends FilterOptions {
  /** By path in the pods; empty: the proxies have them already. */
  readonly modules: ReadonlyMap<string, Module>;
}

export function toIstio(plan: Plan, model: Model, options: IstioOptions): Exported {
  // The filter picks from a list of hosts, and those of a Service change at run time: it only reads reports.
  const here = planFilter(plan, 'filter');
  const filter: FilterPlan = { ...here, selections: new Map(), parts: new Map(), sticky: new Set() };
  const lost: Fate[] = [];
  const splits = splitting(model);
  const patched = [...groupBy(plan.listeners, gatewayOf)].flatMap(([gateway, listeners]) => {
    const patches = patchesOf(listeners, plan, splits, filter, options, lost);
    return patches.length === 0 ? [] : [{ gateway, patches }];
  });
  const modules = modulesOf(filter, options).flatMap((path) => options.modules.get(path) ?? []);
  const gateways = patched.map(({ gateway }) => gatewayName(gateway));
  const namespaces = [...new Set(gateways.map(({ namespace }) => namespace))];
  return {
    module:
      modules.length === 0
        ? []
        : namespaces.flatMap((namespace) => [
            moduleConfigMap(modules, namespace),
            deploymentPatch(modules, namespace),
          ]),
    policies: patched.map(({ gateway, patches }) => envoyFilter(gateway, patches)),
    fates: joined([...fatesOf(plan, (pool) => poolFate(pool, here)), ...lossesOf(plan, model), ...lost]),
    steps: modules.length === 0 ? [] : steps(gateways, modules),
  };
}

function envoyFilter(gateway: string, configPatches: readonly Patch[]): KubeObject {
  const { namespace, name } = gatewayName(gateway);
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: `loadstar-${name}`, namespace, labels: LABELS },
    spec: {
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name }],
      configPatches,
    },
  };
}

/** Several policies may want something of the same thing: the first has it. */
interface Wanted {
  readonly value: string;
  readonly patches: readonly Patch[];
  readonly by: From;
}

function patchesOf(
  listeners: readonly Listener[],
  plan: Plan,
  splits: (route: Route) => boolean,
  filter: FilterPlan,
  options: IstioOptions,
  lost: Fate[],
): Patch[] {
  const wanted = new Map<string, Wanted>();
  const want = (key: string, what: string, patches: readonly Patch[], by: From) => {
    const value = JSON.stringify(patches);
    const first = wanted.get(key);
    if (first === undefined) wanted.set(key, { value, patches, by });
    else if (first.value !== value) lost.push(second(by, first.by, what));
  };
  const names = new Set(listeners.flatMap((one) => [...poolsOf(one)]));
  for (const pool of plan.pools) if (names.has(pool.name)) wantClusters(pool, filter, options, want);
  let strips = false;
  for (const route of routesOf({ listeners })) {
    const { added, replaced } = routeValues(route, filter, splits(route));
    const name = routeName(route);
    const patches = [
      ...(isEmpty(added) ? [] : [routePatch(name, 'MERGE', added)]),
      ...(isEmpty(replaced) ? [] : [routePatch(name, 'MERGE_AND_REPLACE_LIST', replaced)]),
    ];
    strips ||= !isEmpty(added);
    want(`route ${name}`, `the rule named ${name}`, patches, route.policy ?? route.from);
  }
  return [
    ...(strips ? [earlyPatch(earlyHeaderMutation([], true, true) ?? []), filterPatch(strip)] : []),
    ...[...wanted.values()].flatMap(({ patches }) => patches),
  ];
}

function wantClusters(
  pool: Pool,
  filter: FilterPlan,
  options: IstioOptions,
  want: (key: string, what: string, patches: readonly Patch[], by: From) => void,
): void {
  for (const { backend, servicePort: service } of pool.localities) {
    // Istio knows no Backend.
    if (service === undefined) continue;
    const value = clusterValue(pool, service, filter, options);
    const name = clusterName(service);
    // Without a policy it takes what another wants; a route, whose name is its own, does not.
    if (isEmpty(value)) continue;
    want(name, backend!, [clusterPatch(service, value)], pool.policy ?? pool.from);
  }
}

const second = (by: From, first: From, what: string): Fate => ({
  policy: by,
  native: [],
  ours: [],
  lost: [
    `what it wants of ${what}: Istio has one place for it, which ${
      resourceTitle(first) === resourceTitle(by) ? 'another of its targets' : resourceTitle(first)
    } has`,
  ],
});

/** As Istio counts: backends without a weight are left out, those that are not there are not. */
function splitting({ httpRoutes, grpcRoutes }: Model): (route: Route) => boolean {
  const written = titled([...httpRoutes, ...grpcRoutes]);
  return (route) => {
    const found = written.get(resourceTitle(route.from));
    const refs = found?.spec.rules[ruleIndex(route)]?.backendRefs ?? [];
    return refs.filter(({ weight }) => weight > 0).length > 1;
  };
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;
