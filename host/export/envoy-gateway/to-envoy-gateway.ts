/**
 * Plan → what Envoy Gateway lacks: a patch policy for each Gateway, and the module where its proxies find it.
 * Gateways, routes, backends and policies stay as they are: Envoy Gateway reads the same.
 */
import { groupBy } from '../../basics/collections.ts';
import { emit } from '../../envoy/emit.ts';
import { modulesOf } from '../../filter/module.ts';
import type { FilterOptions } from '../../filter/options.ts';
import { planFilter } from '../../filter/plan.ts';
import type { Model } from '../../model/resources.ts';
import { socketsOf } from '../../plan/sockets.ts';
import type { Plan } from '../../plan/types.ts';
import { type Exported, type KubeObject, LABELS } from '../exported.ts';
import { fatesOf } from '../fates.ts';
import { moduleConfigMap, moduleTag, VOLUME, VOLUME_MOUNT } from '../module-objects.ts';
import type { Module } from '../modules.ts';
import { gatewayName, gatewayOf, poolsOf, portableFilter } from '../portable.ts';
import { clusterPatches } from './cluster-patches.ts';
import { poolFate } from './fate.ts';
import { listenerPatches, type Names } from './listener.ts';
import type { Patch } from './patches.ts';

export interface GatewayOptions extends FilterOptions {
  readonly names: Names;
  /** Of the proxies' pods. */
  readonly proxyNamespace: string;
  /** By path in the pods; empty: the proxies have them already. */
  readonly modules: ReadonlyMap<string, Module>;
}

export function toEnvoyGateway(
  plan: Plan,
  { gateways }: Pick<Model, 'gateways'>,
  options: GatewayOptions,
): Exported {
  const filter = portableFilter(plan);
  const pools = new Map(plan.pools.map((pool) => [pool.name, pool]));
  const byGateway = groupBy(plan.listeners, gatewayOf);
  const patched = [...byGateway].flatMap(([gateway, listeners]) => {
    const names = new Set(listeners.flatMap((one) => [...poolsOf(one)]));
    const jsonPatches = [
      ...plan.pools
        .filter(({ name }) => names.has(name))
        .flatMap((pool) => clusterPatches(pool, filter, options)),
      ...socketsOf(listeners).flatMap((sharing) =>
        listenerPatches(sharing, pools, filter, options, options.names),
      ),
    ];
    return jsonPatches.length === 0 ? [] : [{ gateway, jsonPatches }];
  });
  const modules = modulesOf(filter, options).flatMap((path) => options.modules.get(path) ?? []);
  const here = planFilter(plan, 'filter');
  const proxies = patched.map(({ gateway }) => {
    const { namespace, name } = gatewayName(gateway);
    const found = gateways.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    return { namespace, name, envoyProxy: found?.spec.envoyProxy };
  });
  const free = proxies.filter(({ envoyProxy }) => envoyProxy === undefined);
  return {
    module:
      modules.length === 0
        ? []
        : [
            moduleConfigMap(modules, options.proxyNamespace),
            ...[...new Set(free.map(({ namespace }) => namespace))].map((namespace) =>
              envoyProxy(namespace, modules),
            ),
          ],
    policies: patched.map(({ gateway, jsonPatches }) => patchPolicy(gateway, jsonPatches)),
    fates: fatesOf(plan, (pool) => poolFate(pool, filter, here)),
    steps: modules.length === 0 ? [] : steps(proxies, modules, options.proxyNamespace),
  };
}

function patchPolicy(gateway: string, jsonPatches: readonly Patch[]): KubeObject {
  const { namespace, name } = gatewayName(gateway);
  return {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'EnvoyPatchPolicy',
    metadata: { name: `loadstar-${name}`, namespace, labels: LABELS },
    spec: {
      targetRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name },
      type: 'JSONPatch',
      jsonPatches,
    },
  };
}

/** The annotation changes with the module, so that Envoy Gateway starts the pods anew. */
const podOf = (modules: readonly Module[]) => ({
  provider: {
    type: 'Kubernetes',
    kubernetes: {
      envoyDeployment: {
        pod: { annotations: { 'loadstar/module': moduleTag(modules) }, volumes: [VOLUME] },
        container: { volumeMounts: [VOLUME_MOUNT] },
      },
    },
  },
});

/** Without mergeType it would take the place of that of the class, and of Envoy Gateway's own defaults. */
const envoyProxy = (namespace: string, modules: readonly Module[]): KubeObject => ({
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'EnvoyProxy',
  metadata: { name: 'loadstar', namespace, labels: LABELS },
  spec: { mergeType: 'StrategicMerge', ...podOf(modules) },
});

function steps(
  proxies: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly envoyProxy?: string | undefined;
  }[],
  modules: readonly Module[],
  proxyNamespace: string,
): string[] {
  const own = proxies.filter(({ envoyProxy }) => envoyProxy !== undefined);
  return [
    'kubectl apply --server-side --force-conflicts --field-manager=loadstar-' +
      `${moduleTag(modules)} -f 1-module.yaml`,
    ...proxies
      .filter(({ envoyProxy }) => envoyProxy === undefined)
      .map(
        ({ namespace, name }) =>
          `Gateway ${namespace}/${name}: spec.infrastructure.parametersRef: {group: gateway.envoyproxy.io, kind: EnvoyProxy, name: loadstar}`,
      ),
    ...own.flatMap(({ namespace, envoyProxy, name }) => [
      `Gateway ${namespace}/${name} has the EnvoyProxy ${envoyProxy}: add to its spec`,
      ...emit(podOf(modules), 'yaml')
        .trimEnd()
        .split('\n')
        .map((line) => `  ${line}`),
    ]),
    `wait until the new pods are ready: kubectl -n ${proxyNamespace} rollout status deployment -l gateway.envoyproxy.io/owning-gateway-name`,
    'kubectl apply -f 2-policies.yaml',
    'kubectl get envoypatchpolicies -A -o yaml: each says Programmed=True',
  ];
}
