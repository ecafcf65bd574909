/**
 * The world of explain.test.ts: an Envoy for each engine, started from the manifests that are explained here,
 * and what each says of a request.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1 } from '../../demo/fakes/http1.ts';
import { explain } from '../../host/explain/explain.ts';
import type { Explanation, KeyChoice } from '../../host/explain/explanation.ts';
import { Filter, Filters } from '../../host/filter/driver.ts';
import { type FilterPlan, planFilter } from '../../host/filter/plan.ts';
import { type Translation, translate as translateHere } from '../../host/translate.ts';
import { clusterOf } from '../support/bootstrap.ts';
import { inParallel, nameOf } from '../support/engines.ts';
import { Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { render } from '../support/manifests.ts';
import { type Engine, translate, wasmPath } from '../support/translate.ts';
import { hashing, manifests, many, requests, type Sent } from './explain-requests.ts';

export let backends: Backend[] = [];
export let envoy: Envoy;
let here: Translation;
let filterPlans: Record<Engine, FilterPlan>;
let native: Envoy;
let filters: Filters;
const agent = connections(8);
const nativeAgent = connections(8);

export async function begin(): Promise<void> {
  backends = await startBackends(many(5, (i) => `127.0.0.${11 + i}`));
  const text = render(manifests(backends));
  const options = {
    engine: 'filter',
    wasm: wasmPath(),
    admin: { address: '127.0.0.1', port: 0 },
    strict: true,
  } as const;
  here = translateHere([{ file: 'test.yaml', text }], options);
  assert.deepEqual(
    here.diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  filterPlans = { filter: here.filter, native: planFilter(here.plan, 'native') };
  filters = new Filters(Filter.compile(readFileSync(wasmPath())));
  [envoy, native] = await Promise.all([start(text, 'filter'), start(text, 'native')]);
  for (const backend of backends) await until(backend, true);
}

export async function end(): Promise<void> {
  agent.destroy();
  nativeAgent.destroy();
  await envoy?.stop();
  await native?.stop();
  await stopAll(backends);
}

async function start(text: string, engine: Engine): Promise<Envoy> {
  const bootstrap = await translate(text, engine);
  for (const name of Object.keys(hashing)) {
    // Envoy waits a minute between checks of a cluster that has not been used yet.
    const checks = clusterOf(bootstrap, `httproute/default/${name}/rule/0`).health_checks as {
      no_traffic_interval?: string;
    }[];
    for (const check of checks) check.no_traffic_interval = '0.1s';
  }
  return Envoy.start(bootstrap);
}

export async function until(backend: Backend, healthy: boolean): Promise<void> {
  for (const name of Object.keys(hashing)) {
    for (const { admin } of [envoy, native]) {
      await eventually(`${backend.name} is ${healthy ? 'healthy' : 'unhealthy'} for ${name}`, async () => {
        assert.equal((await admin.hosts(`httproute/default/${name}/rule/0`))[backend.host]?.healthy, healthy);
      });
    }
  }
}

/**
 * Waits until workers have the tables that follow from the health of hosts: Envoy hands changes on at most
 * once a second (common_lb_config.update_merge_window), after its admin page shows them. `changed`: the hosts
 * whose keys tell, those that went down or came back.
 */
export async function settled(
  down: readonly string[],
  engine: Engine = 'filter',
  changed: readonly string[] = down,
): Promise<void> {
  for (const route of Object.keys(hashing)) {
    const own = requests
      .filter(({ path }) => path?.split('?')[0] === `/${route}`)
      .filter((sent) => changed.includes(keyChoice(explained(sent)).pick!.host))
      .slice(0, 8 * changed.length);
    if (own.length === 0) continue;
    const named = own.map((sent) => {
      const choice = keyChoice(explained(sent, down, engine));
      return nameOf(backends, choice.down?.host ?? choice.pick!.host);
    });
    await eventually(`keys of ${route} are where they belong`, async () =>
      assert.deepEqual(await inParallel(own, 4, (sent) => ask(sent, engine)), named),
    );
  }
}

export function explained(
  sent: Sent,
  unhealthy: readonly string[] = [],
  engine: Engine = 'filter',
): Explanation {
  return explain({
    plan: here.plan,
    filter: filterPlans[engine],
    targets: new Map(),
    filters,
    request: {
      method: sent.method ?? 'GET',
      host: 'www.example.com',
      path: sent.path ?? '/',
      headers: (sent.headers ?? []).map(([name, value]) => [name.toLowerCase(), value] as const),
      sourceIp: sent.localAddress ?? '127.0.0.1',
    },
    unhealthy,
    utilization: new Map(),
  });
}

export function keyChoice(explanation: Explanation): KeyChoice {
  const choice = explanation.pools[0]?.choice;
  assert.equal(choice?.kind, 'key', JSON.stringify(explanation));
  return choice as KeyChoice;
}

export const ask = async (sent: Sent, engine: Engine = 'filter'): Promise<string> =>
  backendOf(
    await http1({
      port: (engine === 'filter' ? envoy : native).port(),
      ...sent,
      ...(sent.localAddress === undefined ? { agent: engine === 'filter' ? agent : nativeAgent } : {}),
    }),
  );
