/** A text to compare with → envoy.type.matcher.v3.StringMatcher. */
import type { StringMatch } from '../plan/types.ts';
import type { StringMatcherJson } from '../proto/matcher_pb.js';

export function stringMatcher({ kind, value }: StringMatch): StringMatcherJson {
  switch (kind) {
    case 'exact':
      return { exact: value };
    case 'prefix':
      return { prefix: value };
    case 'suffix':
      return { suffix: value };
    case 'regex':
      return { safe_regex: { regex: value } };
  }
}
