/**
 * Rules whose matches are equal on one listener: the second is never reached. Between two routes that is a
 * condition too (RouteRulesOverlap), as in Envoy Gateway.
 */
import { groupBy } from '../../basics/collections.ts';
import { compareText } from '../../basics/text.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { about, label } from '../from.ts';
import type { RouteMatch, TextMatch } from '../types.ts';
import type { Entry } from './entries.ts';

/** Limits the names in a message: each of ten thousand equal routes would otherwise list all others. */
const MOST_NAMES = 200;

/** By route key: the names of the routes that overlap with it on this listener. */
export function findOverlaps(
  entries: readonly Entry[],
  told: Set<string>,
  diagnostics: Diagnostic[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const tell = (first: Entry, second: Entry): void => {
    const own = first.route === second.route;
    const id = own
      ? `${first.route.key} ${first.rule.index} ${second.rule.index}`
      : `${first.route.key} ${second.route.key}`;
    if (told.has(id)) return;
    told.add(id);
    diagnostics.push(own ? neverReachedRule(first, second) : neverReached(first, second));
  };
  // Preflights of several methods are equal, and are answered alike where their filters are.
  const own = entries.filter(({ match }) => match.preflight !== true);
  const equal = groupBy(own, ({ host, match }) => `${host} ${matchKey(match.match)}`);
  const overlaps = new Map<string, Set<string>>();
  for (const all of equal.values()) {
    all.forEach((entry, i) => {
      const before = all[i - 1];
      if (before?.route === entry.route && before.rule !== entry.rule) tell(before, entry);
    });
    const bucket = all.filter((entry, i) => entry.route !== all[i - 1]?.route);
    if (bucket.length < 2) continue;
    const names = [...new Set(bucket.map((e) => nameOf(e)))].sort(compareText).slice(0, MOST_NAMES);
    const [first, second] = bucket as [Entry, Entry];
    tell(first, second);
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

function neverReachedRule(first: Entry, second: Entry): Diagnostic {
  return about(
    second.route.route,
    ['spec', 'rules', second.rule.index],
    'warning',
    'routes-overlap',
    `spec.rules[${first.rule.index}] has the same match and comes first, so this rule is never reached.`,
    {
      rule: 'Of equal matches in one route the first rule wins.',
      hint: 'Remove one of the two, or join what they do in one rule.',
      notes: [{ message: 'This rule comes first', at: first.rule.from.at }],
    },
  );
}

const textKey = (lower: boolean) => (m: TextMatch) =>
  `${lower ? m.name.toLowerCase() : m.name}\0${m.kind}\0${m.value}`;
const matchKey = ({ path, headers, query, cookies = [] }: RouteMatch): string =>
  [
    path.kind,
    path.value,
    headers.map(textKey(true)).sort(compareText).join('\x01'),
    query.map(textKey(false)).sort(compareText).join('\x01'),
    cookies.map(textKey(false)).sort(compareText).join('\x01'),
  ].join('\x02');
