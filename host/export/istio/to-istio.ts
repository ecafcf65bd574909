/**
 * Plan → what Istio lacks: an EnvoyFilter for each Gateway, and the module where its proxies find it.
 * Gateways, routes and Services stay as they are: Istio reads them too.
 */
import { groupBy } from '../../basics/collections.ts';
import { resourceTitle } from '../../diagnostics/diagnostic.ts';
import { modulesOf } from '../../filter/module.ts';
import type { FilterOptions } from '../../filter/options.ts';
import { planFilter } from '../../filter/plan.ts';
import type { Model } from '../../model/resources.ts';
import type { Plan, Route } from '../../plan/types.ts';
import { type Exported, type KubeObject, LABELS } from '../exported.ts';
import { fatesOf, joined } from '../fates.ts';
import { moduleConfigMap } from '../module-objects.ts';
import type { Module } from '../modules.ts';
import { gatewayName, gatewayOf } from '../portable.ts';
import { poolFate } from './fate.ts';
import { forGateway } from './for-gateway.ts';
import { ruleIndex } from './istio-names.ts';
import { lossesOf, titled } from './losses.ts';
import type { Patch } from './patches.ts';
import { deploymentPatch, steps } from './pods.ts';

export interface IstioOptions extends FilterOptions {
  /** By path in the pods; empty: the proxies have them already. */
  readonly modules: ReadonlyMap<string, Module>;
}

export function toIstio(plan: Plan, model: Model, options: IstioOptions): Exported {
  const here = planFilter(plan, 'filter');
  const splits = splitting(model);
  const made = [...groupBy(plan.listeners, gatewayOf)].map(([gateway, listeners]) => ({
    gateway,
    ...forGateway(listeners, plan, splits, here, options),
  }));
  const patched = made.filter(({ patches }) => patches.length > 0);
  const sticky = new Set(made.flatMap(({ filter }) => [...filter.sticky]));
  const paths = new Set(patched.flatMap(({ filter }) => modulesOf(filter, options)));
  const modules = [...paths].flatMap((path) => options.modules.get(path) ?? []);
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
    fates: joined([
      ...fatesOf(plan, (pool) => poolFate(pool, here, sticky.has(pool.name))),
      ...lossesOf(plan, model),
      ...made.flatMap(({ lost }) => lost),
    ]),
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

/** As Istio counts: backends without a weight are left out, those that are not there are not. */
function splitting({ httpRoutes, grpcRoutes }: Model): (route: Route) => boolean {
  const written = titled([...httpRoutes, ...grpcRoutes]);
  return (route) => {
    const found = written.get(resourceTitle(route.from));
    const refs = found?.spec.rules[ruleIndex(route)]?.backendRefs ?? [];
    return refs.filter(({ weight }) => weight > 0).length > 1;
  };
}
