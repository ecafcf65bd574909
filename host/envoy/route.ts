/**
 * Route of the plan → config.route.v3.Route: match, header edits, and one of forward, redirect, direct
 * response.
 */

import { HINT_HEADER, LOAD_REPORT_HEADERS } from '../filter/header-names.ts';
import type { HeaderEdits, Route, RouteAction, RouteMatch, TextMatch } from '../plan/types.ts';
import type { DirectResponseActionJson, RedirectActionJson } from '../proto/route_pb.js';
import type { EnvoyRoute } from './envoy-types.ts';
import { type FilterUse, perRouteFilters, REPORT_FORMAT_HEADER, withGrpcWeb } from './filters.ts';
import { forwardAction } from './forward.ts';
import { ACCEPT_ENCODING } from './handling/compression.ts';
import { withHandling } from './handling/handlers.ts';
import { escapeFormat, hasOperator, headerMutations } from './headers.ts';
import { redirectPath } from './path-edit.ts';
import { stringMatcher } from './string-match.ts';

/**
 * @param use What the filter does on this route. Where it picks the host, load reports are stripped too.
 * @param reportFormat Value of the request header that makes some servers report their load; undefined: not
 *   sent.
 * @param grpcWeb Requests of gRPC-Web become gRPC.
 */
export function envoyRoute(
  given: Route,
  use: FilterUse,
  reportFormat?: string,
  grpcWeb = servesGrpc(given),
  live = false,
): EnvoyRoute {
  const route = use.sticky ? withReports(given) : given;
  const forward = route.action.kind === 'forward' ? route.action : undefined;
  const stripReports = use.select !== undefined || forward?.stripLoadReports === true;
  const filters = perRouteFilters(use, stripReports);
  return {
    name: route.name,
    match: matcher(route.match),
    metadata: metadata(route),
    ...headerMutations(
      reportFormat === undefined ? route.requestHeaders : askingFor(reportFormat, route.requestHeaders),
      route.responseHeaders,
      [
        ...(use.select === undefined || use.sticky ? [] : [HINT_HEADER]),
        ...(route.handling?.compressors === undefined ? [] : [ACCEPT_ENCODING]),
      ],
      // The route's edits come before any filter of the listener, and so before one that reads the reports.
      stripReports && !use.sticky ? LOAD_REPORT_HEADERS : [],
    ),
    ...action(route.action, use.sticky),
    typed_per_filter_config: withHandling(route, grpcWeb ? withGrpcWeb(filters) : filters, live),
  };
}

/** A user's edits that remove load reports are left out, since the strip filter does it in time. */
const withReports = (route: Route): Route => ({
  ...route,
  responseHeaders: keepingReports(route.responseHeaders),
  action:
    route.action.kind !== 'forward'
      ? route.action
      : {
          ...route.action,
          to: route.action.to.map((share) =>
            share.responseHeaders === undefined
              ? share
              : { ...share, responseHeaders: keepingReports(share.responseHeaders) },
          ),
        },
});
const keepingReports = (edits: HeaderEdits): HeaderEdits => ({
  ...edits,
  remove: edits.remove.filter((name) => !LOAD_REPORT_HEADERS.some((report) => report === name.toLowerCase())),
});

/** Routes of a GRPCRoute. */
export const servesGrpc = ({ from }: Route): boolean => from.kind === 'GRPCRoute';

/** With the header that makes some servers report their load. */
export const askingFor = (format: string, edits: HeaderEdits): HeaderEdits => ({
  ...edits,
  set: [...edits.set, { name: REPORT_FORMAT_HEADER, value: format }],
});

function action(
  action: RouteAction,
  sticky: boolean,
): Pick<EnvoyRoute, 'route' | 'redirect' | 'direct_response'> {
  switch (action.kind) {
    case 'forward':
      return { route: forwardAction(action, sticky) };
    case 'redirect':
      return { redirect: redirect(action) };
    case 'respond':
      return { direct_response: { ...body(action.body), status: action.status } };
  }
}

/** Only what asks for something of the request is computed: older Envoys know a plain body alone. */
function body(text: string | undefined): DirectResponseActionJson {
  if (text === undefined) return {};
  const format = escapeFormat(text);
  return hasOperator(format) ? { body_format: { text_format: format } } : { body: { inline_string: text } };
}

/** Shown in Envoy's config_dump: which policy applies, and why a route answers without a backend. */
function metadata({ policy, action }: Route): EnvoyRoute['metadata'] {
  if (policy === undefined && action.kind !== 'respond') return undefined;
  return {
    filter_metadata: {
      loadstar: {
        policy: policy === undefined ? undefined : `${policy.kind}/${policy.namespace}/${policy.name}`,
        because: action.kind === 'respond' ? action.because : undefined,
      },
    },
  };
}

type Match = EnvoyRoute['match'];

function matcher(match: RouteMatch): Match {
  const text = (m: TextMatch) => ({
    name: m.name,
    string_match: stringMatcher(m),
  });
  return {
    ...pathMatcher(match.path),
    headers: match.headers.length > 0 ? match.headers.map(text) : undefined,
    query_parameters: match.query.length > 0 ? match.query.map(text) : undefined,
    cookies: match.cookies?.map(text),
  };
}

function pathMatcher(path: RouteMatch['path']): Match {
  switch (path.kind) {
    case 'exact':
      return { path: path.value };
    case 'regex':
      return { safe_regex: { regex: path.value } };
    case 'prefix': {
      const trimmed = path.value.replace(/\/$/, '');
      return trimmed === '' ? { prefix: '/' } : { path_separated_prefix: trimmed };
    }
  }
}

const RESPONSE_CODES = {
  301: undefined,
  302: 'FOUND',
  303: 'SEE_OTHER',
  307: 'TEMPORARY_REDIRECT',
  308: 'PERMANENT_REDIRECT',
} as const;

function redirect(action: Extract<RouteAction, { kind: 'redirect' }>): RedirectActionJson {
  const usual = action.scheme === 'https' ? 443 : 80;
  return {
    scheme_redirect: action.scheme,
    host_redirect: action.host,
    // If the host is given, a scheme's default port is left out; otherwise it is written, since Envoy would
    // keep the port of the request.
    port_redirect: action.host !== undefined && action.port === usual ? undefined : action.port,
    ...(action.path === undefined ? {} : redirectPath(action.path)),
    response_code: RESPONSE_CODES[action.status],
  };
}
