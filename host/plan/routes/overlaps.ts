/**
 * Rules whose matches are equal on one listener: the second is never reached. Of two routes that is a condition too
 * (RouteRulesOverlap).
 */
import { groupBy } from '../../basics/collections.ts';
import { compareText } from '../../basics/text.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { about, label } from '../from.ts';
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
  const equal = groupBy(entries, ({ host, match }) => `${host} ${matchKey(match.match)}`);
  const overlaps = new Map<string, Set<string>>();
  for (const all of equal.values()) {
    const bucket = all.filter(
      ({ route, rule }, i) => route !== all[i - 1]?.route || rule !== all[i - 1]?.rule,
    );
    if (bucket.length < 2) continue;
    const [first] = bucket as [Entry];
    const others = bucket.filter(({ route }) => route !== first.route);
    // Within one route each rule is told, of other routes the first.
    const later = [...bucket.slice(1).filter(({ route }) => route === first.route), ...others.slice(0, 1)];
    for (const second of later) {
      const rule = second.route === first.route ? second.rule.id : '';
      const id = `${first.route.key} ${second.route.key} ${rule}`;
      if (told.has(id)) continue;
      told.add(id);
      diagnostics.push(neverReached(first, second));
    }
    if (others.length === 0) continue;
    const names = [...new Set(bucket.map((e) => nameOf(e)))].sort(compareText).slice(0, MOST_NAMES);
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
  const same = first.route === second.route;
  const name = same ? `Rule ${first.rule.index} of this route` : nameOf(first);
  return about(
    second.route.route,
    ['spec', 'rules', second.rule.index],
    'warning',
    'routes-overlap',
    `${name} has the same match for host ${second.host} and comes first, so this rule is never reached.`,
    {
      rule: same
        ? 'Of equal matches of one route the first rule wins.'
        : 'Of equal matches the older route wins, then the first by namespace and name.',
      notes: [{ message: `${name} comes first`, at: first.rule.from.at }],
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
