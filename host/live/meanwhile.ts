/**
 * What is served between old and new routes. A listener's select configuration is one resource for all its
 * policies, and changes before the routes do: until these are new, it holds the policies that old routes need
 * too. `only` (every request is of the single policy) is left out, since then it would not be true.
 */
import type { SelectConfig } from '../filter/config.ts';
import { renderFilterConfig } from '../filter/config.ts';
import { MAX_POLICIES, MAX_TABLES } from '../filter/limits.ts';
import type { Resources } from '../xds/resources.ts';

type Filter = { typed_config?: { config?: { configuration?: { value?: string } } } };

/** `after` itself where every policy stays. */
export function meanwhile(before: Resources, after: Resources): Resources {
  const ecds = new Map(after.ecds);
  for (const [name, filter] of after.ecds) {
    const had = before.ecds.get(name);
    const [old, now] = [selectOf(had), selectOf(filter)];
    if (had === undefined || old === undefined || now === undefined) continue;
    const both = unionOf(old, now);
    // The module that picks alone refuses a policy that is sticky until hot: then the old one stays so long.
    const base = isSticky(both) && !isSticky(now) ? had : filter;
    if (both !== now) ecds.set(name, withText(base, renderFilterConfig(both)));
  }
  return { ...after, ecds };
}

function selectOf(filter: object | undefined): SelectConfig | undefined {
  const text = (filter as Filter | undefined)?.typed_config?.config?.configuration?.value;
  if (text === undefined) return undefined;
  const config = JSON.parse(text) as SelectConfig;
  return config.role === 'select' ? config : undefined;
}

const isSticky = ({ policies }: SelectConfig): boolean => policies.some(({ sticky }) => sticky !== undefined);

function withText(filter: object, value: string): object {
  const copy = structuredClone(filter) as Filter;
  Object.assign(copy.typed_config?.config?.configuration ?? {}, { value });
  return copy;
}

function unionOf(old: SelectConfig, now: SelectConfig): SelectConfig {
  const stays = new Set(now.policies.map(({ cluster }) => cluster));
  const leaving = old.policies.filter(({ cluster }) => !stays.has(cluster));
  const were = new Set(old.policies.map(({ cluster }) => cluster));
  const equal = leaving.length === 0 && [...stays].every((cluster) => were.has(cluster));
  if (equal && old.only === now.only) return now;
  const all: SelectConfig = { role: 'select', tables: now.tables, policies: now.policies };
  const room =
    now.tables.length + old.tables.length <= MAX_TABLES &&
    now.policies.length + leaving.length <= MAX_POLICIES;
  // Without room Envoy's own table picks for the old routes, by the same keys.
  if (leaving.length === 0 || !room) return all;
  return {
    role: 'select',
    tables: [...now.tables, ...old.tables],
    policies: [
      ...now.policies,
      ...leaving.map((policy) => ({ ...policy, table: policy.table + now.tables.length })),
    ],
  };
}
