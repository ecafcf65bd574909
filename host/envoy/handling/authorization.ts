/**
 * Authorization → Envoy's RBAC filter with a list of matchers, of which the first that fits decides.
 * Addresses are those that the listener finds (ClientTrafficPolicy, clientIPDetection).
 */
import { weakMemo } from '../../basics/collections.ts';
import type { Authorization, AuthorizationRule } from '../../plan/types.ts';
import type {
  Matcher_MatcherList_PredicateJson,
  Matcher_OnMatchJson,
  StringMatcherJson,
} from '../../proto/matching_pb.js';
import { any, extension, type Written } from '../any.ts';
import type { Handler } from './handler.ts';
import { pathPattern } from './limit-actions.ts';

type Predicate = Written<Matcher_MatcherList_PredicateJson>;

const FILTER = 'envoy.extensions.filters.http.rbac.v3.RBAC';
const filter = { ...extension(FILTER, {}), disabled: true };

export const authorization: Handler = {
  // Live it is always there, so that the first policy holds for connections that are open, too.
  filters: (routes, _, { live = false }) =>
    live || routes.some(({ handling }) => handling?.authorization !== undefined) ? [filter] : [],
  onRoute: ({ authorization: own }) => (own === undefined ? [] : [[filter.name, routeConfig(own)]]),
};

const routeConfig = weakMemo(({ rules, otherwise }: Authorization) =>
  any('envoy.extensions.filters.http.rbac.v3.RBACPerRoute', {
    rbac: {
      matcher: {
        // Envoy takes no empty list.
        matcher_list:
          rules.length === 0
            ? undefined
            : { matchers: rules.map((rule) => ({ predicate: predicate(rule), on_match: action(rule) })) },
        on_no_match: action({ name: 'default', action: otherwise }),
      },
    },
  }),
);

function action({
  name,
  action: does,
}: Pick<AuthorizationRule, 'name' | 'action'>): Written<Matcher_OnMatchJson> {
  const word = does === 'Allow' ? 'ALLOW' : 'DENY';
  return {
    action: { name, typed_config: any('envoy.config.rbac.v3.Action', { name: word, action: word }) },
  };
}

/** All that is given must hold. */
function predicate({ methods, path, ranges, headers }: AuthorizationRule): Predicate {
  return allOf([
    ...(methods.length === 0 ? [] : [oneOf(':method', methods, true)]),
    ...(path === undefined ? [] : [pathPredicate(path)]),
    ...(ranges.length === 0 ? [] : [addressPredicate(ranges)]),
    ...headers.map(({ name, values }) => oneOf(name, values, false)),
  ]);
}

/** Envoy takes no list of one. */
const allOf = (list: readonly Predicate[]): Predicate =>
  list.length === 1 ? list[0]! : { and_matcher: { predicate: list } };
const anyOf = (list: readonly Predicate[]): Predicate =>
  list.length === 1 ? list[0]! : { or_matcher: { predicate: list } };

const oneOf = (header: string, values: readonly string[], ignoreCase: boolean): Predicate =>
  anyOf(values.map((exact) => onHeader(header, { exact, ignore_case: ignoreCase || undefined })));

function pathPredicate(path: NonNullable<AuthorizationRule['path']>): Predicate {
  const matches = onHeader(':path', { safe_regex: { google_re2: {}, regex: pathPattern(path) } });
  return path.invert ? { not_matcher: matches } : matches;
}

const onHeader = (name: string, value_match: Written<StringMatcherJson>): Predicate => ({
  single_predicate: {
    input: {
      name: 'http_header',
      typed_config: any('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', { header_name: name }),
    },
    value_match,
  },
});

const addressPredicate = (ranges: AuthorizationRule['ranges']): Predicate => ({
  single_predicate: {
    input: {
      name: 'client_ip',
      typed_config: any('envoy.extensions.matching.common_inputs.network.v3.SourceIPInput', {}),
    },
    custom_match: {
      name: 'ip_matcher',
      typed_config: any('envoy.extensions.matching.input_matchers.ip.v3.Ip', {
        cidr_ranges: ranges.map(({ first, bits }) => ({ address_prefix: first, prefix_len: bits })),
        stat_prefix: 'client_ip',
      }),
    },
  },
});
