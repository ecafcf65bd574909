/**
 * The conditions of a rate limit → Envoy's actions, which make the descriptor that is counted by. Names of
 * keys and values are Envoy Gateway's, since a rate limit service is configured by them.
 */
import type { LimitMatch, LimitRule } from '../../plan/types.ts';
import type { StringMatcherJson } from '../../proto/matcher_pb.js';
import type { RateLimit_ActionJson } from '../../proto/route_pb.js';
import type { Written } from '../any.ts';
import { quoteRegex } from '../path-edit.ts';
import { stringMatcher } from '../string-match.ts';

/** One action, and the entry of the descriptor that it makes; without a value: whatever the request has. */
export interface LimitAction {
  readonly action: Written<RateLimit_ActionJson>;
  readonly key: string;
  readonly value?: string;
}
/** Keys of the entries for addresses. */
export interface AddressKeys {
  readonly range: string;
  readonly each: string;
}

const SOURCE = '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%';

/** @param index Of the rule, in the names of its keys. */
export function limitActions({ matches }: LimitRule, index: number, addresses: AddressKeys): LimitAction[] {
  if (matches.length === 0) return [always(`rule-${index}-match--1`)];
  const seen = new Map<LimitMatch['of'], number>();
  let values = 0;
  return matches.flatMap((match) => {
    const place = seen.get(match.of) ?? 0;
    seen.set(match.of, place + 1);
    // Envoy Gateway has one of these in a rule; further ones get a number.
    const suffix = place === 0 ? '' : `-${place}`;
    const key = (what: string) => `rule-${index}-${what}${suffix}`;
    return matchActions(match, { key, value: () => `rule-${index}-match-${values++}`, addresses, suffix });
  });
}

interface Names {
  readonly key: (what: string) => string;
  /** Headers and query parameters are numbered together. */
  readonly value: () => string;
  readonly addresses: AddressKeys;
  readonly suffix: string;
}

function matchActions(match: LimitMatch, { key, value, addresses, suffix }: Names): LimitAction[] {
  switch (match.of) {
    case 'header':
    case 'query':
      return [valueAction(match, value())];
    case 'method':
      return [headerAction(':method', methodMatcher(match.methods), match.invert, key('method'))];
    case 'path':
      return [
        headerAction(':path', { safe_regex: { regex: pathPattern(match) } }, match.invert, key('path')),
      ];
    case 'address':
      return addressActions(match, addresses, suffix);
  }
}

/** For every request. */
const always = (key: string): LimitAction => ({
  action: { generic_key: { descriptor_key: key, descriptor_value: key } },
  ...{ key, value: key },
});

function valueAction(
  { of, name, test }: Extract<LimitMatch, { of: 'header' | 'query' }>,
  key: string,
): LimitAction {
  if (test.kind === 'distinct') {
    return of === 'header'
      ? { action: { request_headers: { header_name: name, descriptor_key: key } }, key }
      : { action: { query_parameters: { query_parameter_name: name, descriptor_key: key } }, key };
  }
  if (of === 'header') return headerAction(name, stringMatcher(test), test.invert, key);
  const query = {
    ...{ descriptor_key: key, descriptor_value: key, expect_match: !test.invert },
    query_parameters: [{ name, string_match: stringMatcher(test) }],
  };
  return { action: { query_parameter_value_match: query }, key, value: key };
}

const headerAction = (
  name: string,
  string_match: StringMatcherJson,
  invert: boolean,
  key: string,
): LimitAction => ({
  action: {
    header_value_match: {
      ...{ descriptor_key: key, descriptor_value: key, expect_match: !invert },
      headers: [{ name, string_match }],
    },
  },
  ...{ key, value: key },
});

/** As one condition, so that a request counts once. */
const methodMatcher = (methods: readonly string[]): StringMatcherJson =>
  methods.length === 1 ? { exact: methods[0]! } : { safe_regex: { regex: methods.join('|') } };

/**
 * Of the path with its query, since that is what a header match sees: nothing must be evaded by `?`. A prefix
 * matches whole segments.
 */
export function pathPattern({
  kind,
  value,
}: Pick<Extract<LimitMatch, { of: 'path' }>, 'kind' | 'value'>): string {
  switch (kind) {
    case 'exact':
      return `${quoteRegex(value)}(?:[?#;].*)?`;
    case 'prefix':
      return `${quoteRegex(value.replace(/\/$/, ''))}(?:[/?#;].*)?`;
    case 'regex':
      return `(?:${value})(?:\\?.*)?`;
  }
}

function addressActions(
  { first, bits, invert, distinct }: Extract<LimitMatch, { of: 'address' }>,
  keys: AddressKeys,
  suffix: string,
): LimitAction[] {
  const address_matcher = {
    ranges: [{ address_prefix: first, prefix_len: bits }],
    invert_match: invert || undefined,
  };
  const one = (key: string, descriptor_value: string): Written<RateLimit_ActionJson> => ({
    remote_address_match: { descriptor_key: key, descriptor_value, address_matcher },
  });
  const [range, each] = [keys.range + suffix, keys.each + suffix];
  const value = `${invert ? 'invert:' : ''}${first}/${bits}`;
  return [
    { action: one(range, value), key: range, value },
    ...(distinct ? [{ action: one(each, SOURCE), key: each }] : []),
  ];
}
