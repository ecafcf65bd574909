/**
 * Filters of a rule or backendRef → header edits, redirect, rewrite and mirrors (Gateway API,
 * "HTTPRouteFilter"). What Envoy would refuse is an error of the route, in Envoy Gateway's words.
 */
import { given } from '../../basics/collections.ts';
import type { ResourceName } from '../../diagnostics/diagnostic.ts';
import type { AnyRoute, Cors, Injection, PathModifier, RouteFilter } from '../../model/resources.ts';
import type { FindBackend } from '../pools/backends.ts';
import type { Destination } from '../pools/destination.ts';
import type { HeaderEdits, PathEdit } from '../types.ts';
import { type Extension, type FindExtension, isSuccess } from './extensions.ts';
import { HeaderEditor } from './header-editor.ts';
import { NO_EDITS } from './no-edits.ts';
import { Rewrites, type RuleRewrite } from './rewrites.ts';

type Filter<T extends RouteFilter['type']> = Extract<RouteFilter, { type: T }>;

export interface RouteError {
  readonly condition: 'Accepted' | 'ResolvedRefs' | 'BackendsAvailable';
  readonly reason: string;
  /** The text of the condition. */
  readonly message: string;
  /** Without the words about the place, because a diagnostic has a position. */
  readonly detail?: string;
  /** What is not in the input. */
  readonly missing?: ResourceName;
  /** That of the condition where absent. */
  readonly code?: string;
  /** Within the rule. */
  readonly path: readonly (string | number)[];
}
export interface Mirror {
  /** Position among the rule's filters, which is in its pool's name. */
  readonly index: number;
  readonly destination: Destination;
  readonly numerator: number;
  readonly denominator: number;
}
export interface RuleFilters {
  readonly requestHeaders: HeaderEdits;
  readonly responseHeaders: HeaderEdits;
  readonly redirect?: Filter<'RequestRedirect'>['requestRedirect'];
  readonly rewrite?: RuleRewrite;
  /** What an HTTPRouteFilter has Envoy answer. */
  readonly answer?: Extension['answer'];
  /** Cookies that requests must bring besides what the rule's matches ask for: one of these lists. */
  readonly cookies?: Extension['matches'];
  readonly cors?: Cors;
  readonly injection?: Injection;
  readonly mirrors: readonly Mirror[];
  readonly errors: readonly RouteError[];
}

export const NO_FILTERS: RuleFilters = {
  requestHeaders: NO_EDITS,
  responseHeaders: NO_EDITS,
  mirrors: [],
  errors: [],
};

/** A mirror without a share gets every request. */
const ALL = { numerator: 1, denominator: 1 };

/** Reads all filters of a rule. */
export function readFilters(
  route: AnyRoute,
  filters: readonly RouteFilter[],
  findBackend: FindBackend,
  findExtension: FindExtension,
): RuleFilters {
  if (filters.length === 0) return NO_FILTERS;
  const requestHeaders = new HeaderEditor('RequestHeaderModifier');
  const responseHeaders = new HeaderEditor('ResponseHeaderModifier');
  const mirrors: Mirror[] = [];
  const errors: RouteError[] = [];
  let redirect: RuleFilters['redirect'];
  const rewrites = new Rewrites();
  let cors: RuleFilters['cors'];
  let answer: RuleFilters['answer'];
  let cookies: RuleFilters['cookies'];
  let injection: RuleFilters['injection'];
  const refuse = (index: number, message: string, reason = 'UnsupportedValue'): void => {
    errors.push({ condition: 'Accepted', reason, message, path: ['filters', index] });
  };

  /** What stops the rest: it is known what is answered. */
  let unresolved = false;
  const extend = (i: number, { extensionRef }: Filter<'ExtensionRef'>): string | undefined => {
    const { extension, problem } = findExtension(route, extensionRef);
    if (problem !== undefined) {
      errors.push({ ...problem, path: ['filters', i, 'extensionRef'] });
      unresolved = true;
      return undefined;
    }
    const { matches, rewrite } = extension;
    if (matches.length > 0 && cookies !== undefined)
      return 'only one HTTPRouteFilter with matches is supported per HTTPRouteRule';
    if (matches.length > 0) cookies = matches;
    if (!rewrites.extend(rewrite)) return TWICE;
    const { status = 0 } = extension.answer ?? {};
    if (route.kind === 'GRPCRoute' && isSuccess(status)) return GRPC_SUCCESS;
    if (extension.injection !== undefined && injection !== undefined)
      return 'only one HTTPRouteFilter with credentialInjection is supported per HTTPRouteRule';
    injection = extension.injection ?? injection;
    answer = extension.answer;
    return undefined;
  };

  filters.forEach((filter, i) => {
    if (answer !== undefined || unresolved) return;
    switch (filter.type) {
      case 'RequestHeaderModifier':
        for (const message of requestHeaders.apply(filter.requestHeaderModifier)) refuse(i, message);
        break;
      case 'ResponseHeaderModifier':
        for (const message of responseHeaders.apply(filter.responseHeaderModifier)) refuse(i, message);
        break;
      case 'RequestRedirect':
        if (redirect === undefined) redirect = filter.requestRedirect;
        else refuse(i, 'cannot configure multiple requestRedirect filters for a single HTTPRouteRule');
        break;
      case 'URLRewrite':
        if (!rewrites.add(filter.urlRewrite)) refuse(i, TWICE);
        break;
      case 'CORS':
        cors = filter.cors;
        break;
      case 'ExtensionRef':
        given(extend(i, filter), (message) => refuse(i, message));
        break;
      case 'RequestMirror': {
        const { backendRef, percent, fraction } = filter.requestMirror;
        const destination = findBackend(route, backendRef);
        if (destination.problem !== undefined) {
          const { kind, reason, message, missing } = destination.problem;
          errors.push({
            condition: kind === 'empty' ? 'BackendsAvailable' : 'ResolvedRefs',
            reason,
            message: `failed to validate the RequestMirror filter: ${message}`,
            detail: message,
            missing,
            path: ['filters', i, 'requestMirror', 'backendRef'],
          });
        } else {
          mirrors.push({
            index: i,
            destination,
            ...(percent === undefined ? (fraction ?? ALL) : { numerator: percent, denominator: 100 }),
          });
        }
      }
    }
  });
  if (mirrors.length > 0 && (answer !== undefined || redirect !== undefined)) {
    const other = answer === undefined ? 'RequestRedirect' : 'DirectResponse';
    const why = `the RequestMirror filter cannot be used together with ${other}`;
    refuse(0, why, 'IncompatibleFilters');
    mirrors.length = 0;
    answer = undefined;
    redirect = undefined;
  }
  return {
    requestHeaders: requestHeaders.edits(),
    responseHeaders: withAnswer(responseHeaders.edits(), answer),
    redirect,
    rewrite: rewrites.rewrite,
    ...(cors === undefined ? {} : { cors }),
    ...(answer === undefined ? {} : { answer }),
    ...(cookies === undefined ? {} : { cookies }),
    ...(injection === undefined ? {} : { injection }),
    mirrors,
    errors,
  };
}

const TWICE = 'cannot configure multiple urlRewrite filters for a single HTTPRouteRule';
const GRPC_SUCCESS =
  'DirectResponse with a 2xx status code is not supported for GRPCRoute: it cannot carry a gRPC message, so the client would receive an invalid response';

/** Its own headers stand where those of the rule do, which are written on every answer of the route. */
function withAnswer(edits: HeaderEdits, answer: RuleFilters['answer']): HeaderEdits {
  if (answer === undefined) return edits;
  const { contentType, set, add } = answer;
  const type = contentType === undefined ? [] : [{ name: 'Content-Type', value: contentType }];
  return { ...edits, set: [...edits.set, ...type, ...set], add: [...edits.add, ...add] };
}

/** `matched`: the prefix that was matched, which a ReplacePrefixMatch replaces. */
export function pathEdit(modifier: PathModifier | undefined, matched: string): PathEdit | undefined {
  switch (modifier?.type) {
    case undefined:
      return undefined;
    case 'ReplaceFullPath':
      return { kind: 'full', value: modifier.replaceFullPath };
    case 'ReplacePrefixMatch': {
      // `/v1/a` with /v1 → /v2/ shall be /v2/a, not /v2//a; an empty replacement is the root.
      const value = modifier.replacePrefixMatch.replace(/\/$/, '');
      return { kind: 'prefix', from: matched, value: value === '' ? '/' : value };
    }
  }
}
