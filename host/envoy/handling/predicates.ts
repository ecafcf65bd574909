/** Conditions of Envoy's generic matcher (xds.type.matcher.v3.Matcher). */
import type { Matcher_MatcherList_PredicateJson, StringMatcherJson } from '../../proto/matching_pb.js';
import { any, type MessageName, type Written } from '../any.ts';

export type Predicate = Written<Matcher_MatcherList_PredicateJson>;

/** Envoy takes no list of one. */
export const allOf = (list: readonly Predicate[]): Predicate =>
  list.length === 1 ? list[0]! : { and_matcher: { predicate: list } };
export const anyOf = (list: readonly Predicate[]): Predicate =>
  list.length === 1 ? list[0]! : { or_matcher: { predicate: list } };

/** A text of RE2, for all of the value. */
export const pattern = (regex: string): StringMatcherJson => ({ safe_regex: { google_re2: {}, regex } });

/** What the input reads is compared with a text. @param name Of the input; default: that of its message. */
export const single = <Name extends MessageName>(
  input: Name,
  config: Parameters<typeof any<Name>>[1],
  value_match: Written<StringMatcherJson>,
  name: string = input,
): Predicate => ({
  single_predicate: { input: { name, typed_config: any(input, config) as never }, value_match },
});
