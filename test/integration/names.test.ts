/**
 * Names under `run` on a real Envoy: a cluster keeps its name, its connections and its statistics when rules
 * are inserted before it, statistics name the route and the backend, and Envoy's routes have the pool's name.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import * as build from '../../demo/fakes/manifests.ts';
import { configurationOf } from '../../host/live/configuration.ts';
import { translate } from '../../host/translate.ts';
import { liveFilterOptions } from '../support/engine-options.ts';
import { eventually } from '../support/eventually.ts';
import { gateway, policy, render, service } from '../support/manifests.ts';
import { sendMany } from '../support/send.ts';
import { ServedEnvoy } from '../support/served-envoy.ts';
import { wasmPath } from '../support/translate.ts';

let backends: Backend[] = [];
let folder: string;
before(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12']);
  folder = mkdtempSync(join(tmpdir(), 'loadstar-names-'));
});
after(async () => {
  await stopAll(backends);
  rmSync(folder, { recursive: true, force: true });
});

const options = liveFilterOptions(wasmPath());

/** Rules by what they match; all lead to the same backend. */
function configured(paths: readonly string[]) {
  const manifests = [
    ...gateway(),
    ...service('web.v2', backends),
    build.httpRoute(
      'shop',
      paths.map((path) => build.rule(path, { backendRefs: [build.ref('web.v2')] })),
    ),
    policy('shop', { loadBalancer: { type: 'BackendUtilization', backendUtilization: {} } }),
  ];
  const { plan } = translate([{ file: 'all.yaml', text: render(manifests) }], options);
  const at = { ...plan, listeners: plan.listeners.map((l) => ({ ...l, address: '127.0.0.1', port: 0 })) };
  return configurationOf(at, options);
}

/** From a pool's name to the name of its cluster, by the routes that Envoy has. */
async function clusterOf({ envoy }: ServedEnvoy, pool: string): Promise<string | undefined> {
  let found: string | undefined;
  JSON.parse(await envoy.admin.text('/config_dump'), (_, value) => {
    if (value?.route !== undefined && String(value.name).startsWith(`${pool}/match/`))
      found = value.route.cluster;
    return value;
  });
  return found;
}

test('a cluster keeps name and statistics when a rule is inserted before it, and is found by its pool', async () => {
  const first = configured(['/cart']);
  const live = await ServedEnvoy.start(first.bootstrap, join(folder, 'names'));
  try {
    const [cluster] = first.named.labels.keys();
    assert.match(cluster ?? '', /^httproute\/default\/shop\/to\/web_v2\/[0-9a-f]{10}$/);
    assert.equal(await clusterOf(live, 'httproute/default/shop/rule/0'), cluster);
    const requests = `envoy_cluster_upstream_rq_total{envoy_cluster_name="${cluster}"}`;
    const of = async (sample: string) => (await live.envoy.admin.prometheus(''))[sample];
    await sendMany(live.envoy, { path: '/cart' }, 20);
    assert.equal(await of(requests), 20);
    await eventually('the filter names it alike', async () => {
      const names = Object.keys(await live.envoy.admin.prometheus('loadstar_host'));
      assert.ok(
        names.some((name) => name.includes(`loadstar_cluster="${cluster}"`)),
        names.join(),
      );
    });

    const next = configured(['/new', '/cart']);
    assert.deepEqual(await live.publish(next.bootstrap), { refusals: [], silent: [] });
    assert.equal(await clusterOf(live, 'httproute/default/shop/rule/1'), cluster);
    await sendMany(live.envoy, { path: '/cart' }, 20);
    assert.equal(await of(requests), 40);
    assert.equal(await of('envoy_cluster_manager_cluster_modified{}'), 0);
  } finally {
    await live.stop();
  }
});
