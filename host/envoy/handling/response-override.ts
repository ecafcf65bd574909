/**
 * Answers in place of others → the filter custom_response, first of all so that it sees every answer. Each
 * route has its rules itself; with Envoy Gateway they stand in the listener, which drains when one changes.
 */
import { weakMemo } from '../../basics/collections.ts';
import type { ResponseOverride } from '../../plan/types.ts';
import type { Matcher_MatcherListJson, StringMatcherJson } from '../../proto/matching_pb.js';
import { any, extension, type Written } from '../any.ts';
import { escapeFormat } from '../headers.ts';
import { disabled, type Handler, oneFilter } from './handler.ts';
import { allOf, type Predicate, pattern, single } from './predicates.ts';

const FILTER = 'envoy.extensions.filters.http.custom_response.v3.CustomResponse';

/** The first that matches holds. */
const routeConfig = weakMemo((overrides: readonly ResponseOverride[]) =>
  any(FILTER, {
    custom_response_matcher: {
      matcher_list: {
        matchers: overrides.map((one, i) => ({
          predicate: allOf(predicates(one)),
          on_match: { action: { name: `rule/${i}`, typed_config: action(one) } },
        })),
      } satisfies Written<Matcher_MatcherListJson>,
    },
  }),
);

export const responseOverride: Handler = oneFilter('overrides', disabled(extension(FILTER, {})), routeConfig);

function predicates({ statuses, headers, source }: ResponseOverride): Predicate[] {
  const found: Predicate[] = [];
  const codes = new Set(
    statuses.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i)),
  );
  if (codes.size > 0) found.push(single(STATUS, {}, codesMatcher([...codes])));
  for (const { name, kind, value } of headers)
    found.push(
      single(
        'envoy.type.matcher.v3.HttpResponseHeaderMatchInput',
        { header_name: name.toLowerCase() },
        kind === 'regex' ? pattern(value) : { [kind]: value },
      ),
    );
  if (source !== undefined)
    found.push(
      single(
        'envoy.type.matcher.v3.HttpResponseLocalReplyMatchInput',
        {},
        { exact: String(source === 'Local') },
      ),
    );
  return found;
}
const STATUS = 'envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput';

/** A status code is compared as text: ranges are lists of all that are in them, at most 500. */
const codesMatcher = (codes: readonly number[]): StringMatcherJson =>
  codes.length === 1 ? { exact: String(codes[0]) } : pattern(codes.join('|'));

function action({ answer, redirect }: ResponseOverride) {
  if (redirect !== undefined)
    return any('envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy', {
      redirect_action: {
        scheme_redirect: redirect.scheme,
        host_redirect: redirect.host,
        port_redirect: redirect.port,
        path_redirect: redirect.path,
      },
      status_code: redirect.status,
    });
  const { body, contentType, status, set = [], add = [] } = answer ?? {};
  const header = (key: string, value: string) => ({ key, value: escapeFormat(value) });
  const edits = [
    ...(contentType === undefined || contentType === ''
      ? []
      : [{ name: 'content-type', value: contentType }]),
    ...set,
  ];
  return any('envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy', {
    body_format: body === undefined || body === '' ? undefined : { text_format: escapeFormat(body) },
    status_code: status,
    response_headers_to_add: [
      ...edits.map(({ name, value }) => ({
        header: header(name, value),
        append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' as const,
      })),
      ...add.map(({ name, value }) => ({ header: header(name, value) })),
    ],
  });
}
