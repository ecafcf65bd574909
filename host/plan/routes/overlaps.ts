/** Routes whose matches are equal on one listener: the second is never reached (condition RouteRulesOverlap). */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { about, compareText, label } from '../from.ts';
import type { RouteMatch, TextMatch } from '../types.ts';
import type { Entry } from './virtual-hosts.ts';

/** Ten thousand equal routes would each list all others; more names than these help nobody. */
const MOST_NAMES = 200;

/** By route key: the names of the routes that overlap with it on this listener. */
export function findOverlaps(
  entries: readonly Entry[],
  told: Set<string>,
  diagnostics: Diagnostic[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const buckets = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = `${entry.host} ${matchKey(entry.match.match)}`;
    const bucket = buckets.get(key);
    if (bucket === undefined) buckets.set(key, [entry]);
    else if (bucket.at(-1)!.route !== entry.route) bucket.push(entry);
  }
  const overlaps = new Map<string, Set<string>>();
  for (const bucket of buckets.values()) {
    if (bucket.length < 2) continue;
    const names = [...new Set(bucket.map((e) => nameOf(e)))].sort(compareText).slice(0, MOST_NAMES);
    const [first, second] = bucket as [Entry, Entry];
    const id = `${first.route.key} ${second.route.key}`;
    if (!told.has(id)) {
      told.add(id);
      diagnostics.push(neverReached(first, second));
    }
    for (const entry of bucket) {
      const own = nameOf(entry);
      const of = overlaps.get(entry.route.key) ?? new Set();
      for (const name of names) if (name !== own && of.size < MOST_NAMES) of.add(name);
      overlaps.set(entry.route.key, of);
    }
  }
  return overlaps;
}

const nameOf = ({ route }: Entry): string => label(route.route);

function neverReached(first: Entry, second: Entry): Diagnostic {
  return about(
    second.route.route,
    ['spec', 'rules', second.rule.index],
    'warning',
    'routes-overlap',
    `${nameOf(first)} has the same match for host ${second.host} and comes first, so this rule is never reached.`,
    {
      rule: 'Of equal matches the older route wins, then the first by namespace and name.',
      notes: [{ message: `${nameOf(first)} comes first`, at: first.rule.from.at }],
    },
  );
}

const textKey = (lower: boolean) => (m: TextMatch) =>
  `${lower ? m.name.toLowerCase() : m.name}\0${m.kind}\0${m.value}`;
const matchKey = ({ path, headers, query }: RouteMatch): string =>
  [
    path.kind,
    path.value,
    headers.map(textKey(true)).sort(compareText).join('\x01'),
    query.map(textKey(false)).sort(compareText).join('\x01'),
  ].join('\x02');
