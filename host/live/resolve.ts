/**
 * Pools whose hosts are names → pools of the addresses that these have now: the filter then picks among them
 * as among any others.
 */
import { isIP } from 'node:net';
import type { DnsLookup, Plan, Pool, PoolEndpoint } from '../plan/types.ts';
import type { DnsName } from '../sources/dns.ts';

/** Envoy Gateway's: look again after 30 s, or as the record says; IPv4 first. */
const REFRESH_MS = 30_000;

const queryOf = (name: string, dns: DnsLookup | undefined): DnsName => ({
  name,
  family: dns?.family ?? 'IPv4Preferred',
  refreshMs: dns?.refreshMs ?? REFRESH_MS,
  respectTtl: dns?.respectTtl !== false,
});

/** The names that have to be followed for a plan. */
export function namesOf({ pools }: Plan): DnsName[] {
  const names = new Map<string, DnsName>();
  for (const { discovery, localities, dns } of pools) {
    if (discovery !== 'dns') continue;
    for (const { address } of localities.flatMap(({ endpoints }) => endpoints)) {
      if (isIP(address) !== 0) continue;
      const query = queryOf(address, dns);
      names.set(JSON.stringify(query), query);
    }
  }
  return [...names.values()];
}

export function withAddresses(plan: Plan, addressesOf: (query: DnsName) => readonly string[]): Plan {
  if (plan.pools.every(({ discovery }) => discovery !== 'dns')) return plan;
  return { ...plan, pools: plan.pools.map((pool) => resolved(pool, addressesOf)) };
}

function resolved(pool: Pool, addressesOf: (query: DnsName) => readonly string[]): Pool {
  if (pool.discovery !== 'dns') return pool;
  const { dns, ...rest } = pool;
  return {
    ...rest,
    discovery: 'static',
    localities: pool.localities.map((locality) => {
      // Two names may lead to one host.
      const hosts = new Map<string, PoolEndpoint>();
      for (const endpoint of locality.endpoints) {
        const { address: name, port } = endpoint;
        const addresses = isIP(name) !== 0 ? [name] : addressesOf(queryOf(name, dns));
        for (const address of addresses) {
          const key = `${address} ${port}`;
          if (!hosts.has(key)) hosts.set(key, { ...endpoint, address, hostname: endpoint.hostname ?? name });
        }
      }
      return { ...locality, endpoints: [...hosts.values()] };
    }),
  };
}
