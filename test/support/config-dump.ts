/**
 * What an Envoy has, from /config_dump, in one form whether it came from a static file or by ADS: routes back
 * in their listener, endpoints in their cluster, filter configurations in their filter, and the names of
 * filters without the place where they stand.
 */
import type { Envoy } from './envoy.ts';

type Json = Record<string, unknown>;
interface Dump {
  readonly configs: readonly Json[];
}

const WASM = 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm';

export async function configurationOf(envoy: Envoy): Promise<{ listeners: Json[]; clusters: Json[] }> {
  const { configs } = JSON.parse(await envoy.admin.text('/config_dump?include_eds')) as Dump;
  const all = (section: string, of: (entry: Json) => unknown): Json[] =>
    configs
      .flatMap((config) => (config[section] ?? []) as Json[])
      .map((entry) => of(entry) as Json)
      .filter((found) => found !== undefined);
  const active = (entry: Json) => (entry.active_state as Json | undefined)?.listener;
  const endpointConfig = (entry: Json) => entry.endpoint_config;
  const listeners = [...all('static_listeners', (l) => l.listener), ...all('dynamic_listeners', active)];
  const clusters = [
    ...all('static_clusters', (c) => c.cluster),
    ...all('dynamic_active_clusters', (c) => c.cluster),
  ].filter(({ name }) => name !== 'loadstar-xds');
  const routes = new Map(
    [
      ...all('static_route_configs', (r) => r.route_config),
      ...all('dynamic_route_configs', (r) => r.route_config),
    ].map((table) => [table.name, table]),
  );
  const endpoints = new Map(
    // Of static clusters too: what became of the endpoints, not what was written.
    [
      ...all('static_endpoint_configs', endpointConfig),
      ...all('dynamic_endpoint_configs', endpointConfig),
    ].map((e) => [e.cluster_name, e]),
  );
  const filters = new Map(all('ecds_filters', (f) => f.ecds_filter).map((f) => [f.name, f.typed_config]));

  const whole = (value: unknown, where: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => whole(item, where));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value as Json).map(([key, item]): [string, unknown] => {
      if (key === 'rds') {
        const table = routes.get((item as Json).route_config_name as string);
        return ['route_config', whole(table, where)];
      }
      if (key === 'config_discovery') {
        const typed = filters.get((value as Json).name as string) as Json | undefined;
        if (typed?.['@type'] !== WASM) throw new Error(`no configuration of ${(value as Json).name}`);
        return ['typed_config', whole(typed, where)];
      }
      return [plain(key, where), key === 'name' ? plain(item as string, where) : whole(item, where)];
    });
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  const cluster = ({ eds_cluster_config: _, '@type': __, ...rest }: Json): Json => {
    const inline = { ...rest, type: 'STATIC', load_assignment: endpoints.get(rest.name) };
    return withoutTypes(whole(inline, rest.name as string)) as Json;
  };
  return {
    listeners: listeners.map((l) => withoutTypes(whole(l, l.name as string)) as Json),
    clusters: clusters.map(cluster).sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1)),
  };
}

/** `loadstar.select/default/eg/http` is the filter loadstar.select of that listener. */
const plain = (name: string, where: string): string =>
  name.startsWith('loadstar.') && name.endsWith(`/${where}`) ? name.slice(0, -where.length - 1) : name;

/** The type of a message is said where it stands in an Any of its own, as a static one does not. */
function withoutTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTypes);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, item]) =>
      !(key === '@type' && /\.(Listener|RouteConfiguration|ClusterLoadAssignment)$/.test(item as string)),
  );
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutTypes(item)]));
}
