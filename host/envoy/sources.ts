/**
 * Who may connect, by address: ordered rules → ranges of which the longest that holds an address decides, as
 * Envoy chooses a filter chain. So a client that may not is closed before anything reaches it. (Envoy's
 * filter RBAC, which Envoy Gateway has there, waits for the client's first byte: by then a backend that
 * speaks first has spoken.)
 */
import { type Cidr, firstOf } from '../basics/cidr.ts';
import type { Authorization, AuthorizationAction } from '../plan/types.ts';

type Ranges = Readonly<Record<AuthorizationAction, readonly Cidr[]>>;

const keyOf = (first: string, bits: number): string => `${first}/${bits}`;

/**
 * Ranges lie within each other or apart. All that hold an address hold the longest of them, so for that one
 * it is known which rule comes first. A rule without ranges is for all.
 */
export function rangesOf({ rules }: Authorization): Ranges {
  const firstRule = new Map<string, number>();
  const all = rules.findIndex(({ ranges }) => ranges.length === 0);
  const known: Cidr[] = [];
  for (const [i, { ranges }] of rules.entries())
    for (const range of ranges) {
      const key = keyOf(range.first, range.bits);
      if (firstRule.has(key)) continue;
      firstRule.set(key, i);
      known.push(range);
    }
  const lengths = [...new Set(known.map(({ bits }) => bits))];
  const found: Record<AuthorizationAction, Cidr[]> = { Allow: [], Deny: [] };
  for (const range of known) {
    let rule = all < 0 ? rules.length : all;
    for (const bits of lengths)
      if (bits <= range.bits)
        rule = Math.min(rule, firstRule.get(keyOf(firstOf(range.first, bits), bits)) ?? rule);
    found[rules[rule]!.action].push(range);
  }
  return found;
}

/** For addresses that are in no range. */
export const elsewhere = ({ rules, otherwise }: Authorization): AuthorizationAction =>
  rules.find(({ ranges }) => ranges.length === 0)?.action ?? otherwise;
