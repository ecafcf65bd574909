/**
 * Authorization → Envoy's RBAC filter with a list of matchers, of which the first that fits decides.
 * Addresses are those that the listener finds (ClientTrafficPolicy, clientIPDetection).
 */
import { weakMemo } from '../../basics/collections.ts';
import type { Authorization, AuthorizationRule } from '../../plan/types.ts';
import type { Matcher_OnMatchJson, MatcherJson, StringMatcherJson } from '../../proto/matching_pb.js';
import { any, extension, type Written } from '../any.ts';
import { disabled, type Handler, oneFilter } from './handler.ts';
import { pathPattern } from './limit-actions.ts';
import { allOf, anyOf, type Predicate, pattern, single } from './predicates.ts';

const FILTER = 'envoy.extensions.filters.http.rbac.v3.RBAC';
const routeConfig = weakMemo((own: Authorization) =>
  any('envoy.extensions.filters.http.rbac.v3.RBACPerRoute', { rbac: { matcher: matcher(own) } }),
);

export const authorization: Handler = oneFilter(
  'authorization',
  disabled(extension(FILTER, {})),
  routeConfig,
  true,
);

const matcher = ({ rules, otherwise }: Authorization): Written<MatcherJson> => ({
  // Envoy takes no empty list.
  matcher_list:
    rules.length === 0
      ? undefined
      : { matchers: rules.map((rule) => ({ predicate: predicate(rule), on_match: action(rule) })) },
  on_no_match: action({ name: 'default', action: otherwise }),
});

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

const oneOf = (header: string, values: readonly string[], ignoreCase: boolean): Predicate =>
  anyOf(values.map((exact) => onHeader(header, { exact, ignore_case: ignoreCase || undefined })));

function pathPredicate(path: NonNullable<AuthorizationRule['path']>): Predicate {
  const matches = onHeader(':path', pattern(pathPattern(path)));
  return path.invert ? { not_matcher: matches } : matches;
}

const onHeader = (name: string, value_match: Written<StringMatcherJson>): Predicate =>
  single(
    'envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
    { header_name: name },
    value_match,
    'http_header',
  );

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
