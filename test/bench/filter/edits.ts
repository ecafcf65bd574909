/**
 * Edits of what the translator wrote: another filter in the place of ours, in the same surroundings (early
 * header mutation, strip, session, override_host_status), so that a comparison is of the filter alone.
 */
import type { Bootstrap, Json } from '../support/types.ts';

const type = (name: string) => `type.googleapis.com/envoy.${name}`;

/** The HTTP connection manager of the first listener, to be edited in place. */
export const manager = (bootstrap: Bootstrap): Json =>
  bootstrap.static_resources.listeners[0].filter_chains[0].filters.at(-1).typed_config;

export const routes = (bootstrap: Bootstrap): Json[] =>
  manager(bootstrap).route_config.virtual_hosts.flatMap((host: Json) => host.routes);

/** The entry of an HTTP filter by name; throws when the translator no longer writes it. */
export function httpFilter(bootstrap: Bootstrap, name: string): Json {
  const found = manager(bootstrap).http_filters.find((filter: Json) => filter.name === name);
  if (found === undefined) throw new Error(`the emitted configuration has no HTTP filter ${name}`);
  return found;
}

/** A copy with Lua in the place of the wasm filter. */
export function withLua(bootstrap: Bootstrap, source: string): Bootstrap {
  const copy = structuredClone(bootstrap);
  httpFilter(copy, 'loadstar.select').typed_config = {
    '@type': type('extensions.filters.http.lua.v3.Lua'),
    default_source_code: { inline_string: source },
  };
  return copy;
}

/** A copy with another of our modules: same configuration, same VM. */
export function withModule(bootstrap: Bootstrap, file: string): Bootstrap {
  const copy = structuredClone(bootstrap);
  httpFilter(copy, 'loadstar.select').typed_config.config.vm_config.code.local.filename = file;
  return copy;
}

/** A copy without the wasm filter: what stands around it stays. */
export function withoutFilter(bootstrap: Bootstrap): Bootstrap {
  const copy = structuredClone(bootstrap);
  const { http_filters } = manager(copy);
  http_filters.splice(http_filters.indexOf(httpFilter(copy, 'loadstar.select')), 1);
  for (const route of routes(copy)) delete route.typed_per_filter_config['loadstar.select'];
  return copy;
}

export interface Peer {
  readonly name: string;
  readonly file: string;
  /** Text handed to proxy_on_configure; ours when absent, none when empty. */
  readonly configuration?: string;
  readonly rootId?: string;
  /** Request header in which it leaves base64 of `ip:port`; ours when absent. */
  readonly hint?: string;
}

/** A copy with another module in the place of ours, in a VM of its own. */
export function withPeer(bootstrap: Bootstrap, peer: Peer): Bootstrap {
  let text = JSON.stringify(bootstrap);
  if (peer.hint !== undefined) text = text.replaceAll('x-loadstar-host', peer.hint.toLowerCase());
  const copy = JSON.parse(text) as Bootstrap;
  const { config } = httpFilter(copy, 'loadstar.select').typed_config;
  config.name = peer.name;
  config.root_id = peer.rootId ?? '';
  config.vm_config.vm_id = peer.name;
  config.vm_config.code.local.filename = peer.file;
  if (peer.configuration === '') delete config.configuration;
  else if (peer.configuration !== undefined) config.configuration.value = peer.configuration;
  return copy;
}

/** base64 of each host that the first cluster has, as the hint wants it. */
export const firstHosts = (bootstrap: Bootstrap): string[] =>
  bootstrap.static_resources.clusters[0].load_assignment.endpoints
    .flatMap((locality: Json) => locality.lb_endpoints)
    .map((endpoint: Json) => {
      const { address, port_value } = endpoint.endpoint.address.socket_address;
      return `${address}:${port_value}`;
    });
