/** What becomes one route: a match of a rule under a hostname. */
import type { RouteContext } from '../attach/attach-routes.ts';
import type { RuleMatch } from './matches.ts';
import { bySpecificity } from './order.ts';
import type { RuleContext } from './rules.ts';

export interface Entry {
  readonly route: RouteContext;
  readonly rule: RuleContext;
  readonly match: RuleMatch;
  readonly host: string;
}

/** Entries of all routes on a listener, in matching order: the API's, or as they are written. */
export function entriesOf(
  routes: readonly {
    readonly route: RouteContext;
    readonly rules: readonly RuleContext[];
    readonly hosts: readonly string[];
  }[],
  asWritten = false,
): Entry[] {
  const entries = routes.flatMap(({ route, rules, hosts }) =>
    hosts.flatMap((host) =>
      rules.flatMap((rule) => rule.matches.map((match) => ({ route, rule, match, host }))),
    ),
  );
  return asWritten
    ? entries
    : entries.sort((a, b) => bySpecificity(a.match.specificity, b.match.specificity));
}
