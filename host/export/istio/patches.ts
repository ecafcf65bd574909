/**
 * Patches of an EnvoyFilter. MERGE joins lists; where ours must stand alone it is MERGE_AND_REPLACE_LIST,
 * which Istio has since 1.31. No patch asks for a port of the gateway: its pods may have another.
 */
import { any } from '../../envoy/any.ts';
import type { Extension, HttpFilter } from '../../envoy/envoy-types.ts';
import { HCM } from '../../envoy/listener.ts';
import type { PortOfService } from '../../plan/types.ts';
import { hostOf } from './istio-names.ts';

export interface Patch {
  readonly applyTo: 'CLUSTER' | 'NETWORK_FILTER' | 'HTTP_FILTER' | 'HTTP_ROUTE';
  readonly match: { readonly context: 'GATEWAY'; readonly [of: string]: unknown };
  readonly patch: {
    readonly operation: 'MERGE' | 'MERGE_AND_REPLACE_LIST' | 'INSERT_FIRST' | 'INSERT_BEFORE';
    readonly value: object;
  };
}

const MANAGER = 'envoy.filters.network.http_connection_manager';
const ROUTER = 'envoy.filters.http.router';
const ofManager = {
  context: 'GATEWAY',
  listener: { filterChain: { filter: { name: MANAGER } } },
} as const;
const ofRouter = {
  context: 'GATEWAY',
  listener: { filterChain: { filter: { name: MANAGER, subFilter: { name: ROUTER } } } },
} as const;

export const clusterPatch = (of: PortOfService, value: object): Patch => ({
  applyTo: 'CLUSTER',
  match: { context: 'GATEWAY', cluster: { service: hostOf(of), portNumber: of.port } },
  patch: { operation: 'MERGE_AND_REPLACE_LIST', value },
});

/** In front of all others. */
export const filterPatch = (filter: HttpFilter): Patch => ({
  applyTo: 'HTTP_FILTER',
  match: ofManager,
  patch: { operation: 'INSERT_FIRST', value: filter },
});

/** Behind all others: it sees the request as the router does, and none that was refused. */
export const lastFilterPatch = (filter: HttpFilter): Patch => ({
  applyTo: 'HTTP_FILTER',
  match: ofRouter,
  patch: { operation: 'INSERT_BEFORE', value: filter },
});

/** What is done with a request before anything else sees it. */
export const earlyPatch = (early: readonly Extension[]): Patch => ({
  applyTo: 'NETWORK_FILTER',
  match: ofManager,
  patch: {
    operation: 'MERGE',
    value: { typed_config: any(HCM, { early_header_mutation_extensions: early }) },
  },
});

export const routePatch = (
  name: string,
  operation: 'MERGE' | 'MERGE_AND_REPLACE_LIST',
  value: object,
): Patch => ({
  applyTo: 'HTTP_ROUTE',
  match: { context: 'GATEWAY', routeConfiguration: { vhost: { route: { name } } } },
  patch: { operation, value },
});
