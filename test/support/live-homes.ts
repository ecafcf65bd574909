/**
 * Where requests belong, said by the compiled filter in Node for the manifests of a moment: what a request
 * under load got is held against it.
 */
import { readFileSync } from 'node:fs';
import type { SelectConfig } from '../../host/filter/config.ts';
import { Filter, Filters } from '../../host/filter/driver.ts';
import { configurationOf } from '../../host/live/configuration.ts';
import type { Pool, PoolEndpoint } from '../../host/plan/types.ts';
import { translate } from '../../host/translate.ts';
import { type Manifest, render } from './manifests.ts';
import { wasmPath } from './translate.ts';

let modules: Filters | undefined;
const filters = (): Filters => {
  modules ??= new Filters(Filter.compile(readFileSync(wasmPath())));
  return modules;
};

const hostOf = ({ address, port }: PoolEndpoint): string => `${address}:${port}`;

/** The hosts that may answer a request, as `address:port`; empty: no route leads it anywhere. */
export type Homes = (path: string, key: string) => ReadonlySet<string>;

const known = new Map<string, Homes>();

/** The key is in `x-key`. Hosts of names in DNS are not known here. */
export function homesOf(manifests: readonly Manifest[]): Homes {
  const text = render(manifests);
  const homes = known.get(text) ?? homesIn(text);
  known.set(text, homes);
  return homes;
}

function homesIn(text: string): Homes {
  const options = { engine: 'filter', wasm: '/w.wasm', admin: { address: '127.0.0.1', port: 0 } } as const;
  const { plan } = translate([{ file: 'all.yaml', text }], { ...options, live: true, strict: false });
  const { named, resources } = configurationOf(plan, { ...options, live: true });
  const pools = new Map(named.plan.pools.map((pool) => [pool.name, pool]));
  const policies = new Map<string, Filter>();
  for (const resource of resources.ecds.values()) {
    const value = (resource as { typed_config?: { config?: { configuration?: { value?: string } } } })
      .typed_config?.config?.configuration?.value;
    const config = value === undefined ? undefined : (JSON.parse(value) as SelectConfig);
    if (config?.role !== 'select') continue;
    for (const { cluster } of config.policies) policies.set(cluster, filters().of(config));
  }
  const routes = named.plan.listeners.flatMap(({ virtualHosts }) => virtualHosts.flatMap((h) => h.routes));
  const found = new Map<string, ReadonlySet<string>>();
  const homes: Homes = (path, key) => {
    const action = routes.find(({ match }) => match.path.value === path)?.action;
    if (action?.kind !== 'forward') return new Set();
    return new Set(action.to.flatMap(({ pool }) => [...hostsOf(pools.get(pool ?? ''), key)]));
  };
  const hostsOf = (pool: Pool | undefined, key: string): ReadonlySet<string> => {
    const endpoints = pool?.localities.flatMap((locality) => locality.endpoints) ?? [];
    const all = new Set(endpoints.filter(({ draining }) => !draining).map(hostOf));
    const name = pool?.name ?? '';
    const picked = policies.get(name)?.pick(name, {
      ...{ method: 'GET', host: 'www.example.com', path: '/', destination: '127.0.0.1:80' },
      ...{ source: '127.0.0.1:40000', headers: [['x-key', key]] },
    });
    // The keys of a host that drains go to others; so does a key that is made anew for each connection.
    const home = picked?.parts.some(({ from }) => from === 'generated') ? undefined : picked?.host;
    return home !== undefined && all.has(home) ? new Set([home]) : all;
  };
  return (path, key) => {
    const name = `${path} ${key}`;
    const hosts = found.get(name) ?? homes(path, key);
    found.set(name, hosts);
    return hosts;
  };
}
