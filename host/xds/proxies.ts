/**
 * The Envoys of a group as a cluster, which each of them that says its zone wants to know: Envoy compares the
 * share of its zone among the proxies with that zone's share of the hosts. Who is connected is no part of
 * what is served: it has no influence on versions, and on who is current.
 */
import { groupBy } from '../basics/collections.ts';
import { compareText } from '../basics/text.ts';
import { loadAssignment } from '../envoy/cluster.ts';
import { LOCAL_CLUSTER } from '../envoy/zones.ts';
import { EMPTY, encode, type Snapshot } from './encode.ts';
import type { EnvoyStatus } from './envoy-status.ts';

/** Nothing but the cluster of the proxies. */
export function proxiesOf(envoys: readonly EnvoyStatus[]): Snapshot {
  // By name: two connections of one Envoy are no two proxies.
  const zones = groupBy(
    new Map(envoys.map(({ id, zone }) => [`${zone} ${id}`, zone])).values(),
    (zone) => zone,
  );
  zones.delete('');
  let port = 0;
  // Envoy only counts them. Each needs an address that no other has.
  const endpoint = () => ({ address: '127.0.0.1', port: ++port, weight: 1, draining: false });
  const localities = [...zones]
    .sort(([a], [b]) => compareText(a, b))
    .map(([zone, { length }]) => ({
      ...{ zone, priority: 0 },
      endpoints: Array.from({ length }, endpoint),
    }));
  const eds = new Map([[LOCAL_CLUSTER, loadAssignment(LOCAL_CLUSTER, localities) as object]]);
  const none = new Map<string, object>();
  return encode({ cds: none, eds, ecds: none, sds: none, lds: none, rds: none }, EMPTY);
}

export const withProxies = (snapshot: Snapshot, proxies: Snapshot): Snapshot => ({
  ...snapshot,
  resources: {
    ...snapshot.resources,
    eds: new Map([...snapshot.resources.eds, ...proxies.resources.eds]),
  },
});
