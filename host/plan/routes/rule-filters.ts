/**
 * Filters of a rule or backendRef → header edits, redirect, rewrite and mirrors (Gateway API,
 * "HTTPRouteFilter"). What Envoy would refuse is an error of the route, in Envoy Gateway's words.
 */
import type { ResourceName } from '../../diagnostics/diagnostic.ts';
import type { AnyRoute, Cors, HeaderModifier, PathModifier, RouteFilter } from '../../model/resources.ts';
import type { FindBackend } from '../pools/backends.ts';
import type { Destination } from '../pools/destination.ts';
import { joinErrors } from '../status/conditions.ts';
import type { HeaderEdits, PathEdit } from '../types.ts';

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
  readonly rewrite?: Filter<'URLRewrite'>['urlRewrite'];
  readonly cors?: Cors;
  readonly mirrors: readonly Mirror[];
  readonly errors: readonly RouteError[];
}

const NO_EDITS: HeaderEdits = { set: [], add: [], remove: [] };
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
): RuleFilters {
  if (filters.length === 0) return NO_FILTERS;
  const requestHeaders = new HeaderEditor('RequestHeaderModifier');
  const responseHeaders = new HeaderEditor('ResponseHeaderModifier');
  const mirrors: Mirror[] = [];
  const errors: RouteError[] = [];
  let redirect: RuleFilters['redirect'];
  let rewrite: RuleFilters['rewrite'];
  let cors: RuleFilters['cors'];
  const refuse = (index: number, message: string, reason = 'UnsupportedValue'): void => {
    errors.push({ condition: 'Accepted', reason, message, path: ['filters', index] });
  };

  filters.forEach((filter, i) => {
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
        if (rewrite === undefined) rewrite = filter.urlRewrite;
        else refuse(i, 'cannot configure multiple urlRewrite filters for a single HTTPRouteRule');
        break;
      case 'CORS':
        cors = filter.cors;
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
  if (redirect !== undefined && mirrors.length > 0) {
    refuse(0, 'the RequestMirror filter cannot be used together with RequestRedirect', 'IncompatibleFilters');
    mirrors.length = 0;
    redirect = undefined;
  }
  return {
    requestHeaders: requestHeaders.edits(),
    responseHeaders: responseHeaders.edits(),
    redirect,
    rewrite,
    ...(cors === undefined ? {} : { cors }),
    mirrors,
    errors,
  };
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

/** Collects the edits of several modifiers; the first modifier that names a header wins. */
class HeaderEditor {
  readonly #filter: string;
  readonly #add: { name: string; value: string }[] = [];
  readonly #set: { name: string; value: string }[] = [];
  readonly #remove: string[] = [];
  readonly #written = new Set<string>();
  readonly #removed = new Set<string>();

  constructor(filter: string) {
    this.#filter = filter;
  }

  /** Returns the problems of the modifier. */
  apply(modifier: HeaderModifier): string[] {
    const problems: string[] = [];
    const write =
      (verb: string, into: { name: string; value: string }[]) =>
      (header: { name: string; value: string }) => {
        const { name, value } = header;
        if (!isModifiable(name)) problems.push(this.#unmodifiable(name, 'set'));
        else if (!HEADER_VALUE.test(value))
          problems.push(
            `Header: "${name}". ${this.#filter} Filter cannot ${verb} a header with an invalid value.`,
          );
        else if (!this.#written.has(name.toLowerCase())) {
          this.#written.add(name.toLowerCase());
          into.push({ name, value });
        }
      };
    modifier.add.forEach(write('add', this.#add));
    modifier.set.forEach(write('set', this.#set));
    for (const name of modifier.remove) {
      if (!isModifiable(name)) problems.push(this.#unmodifiable(name, 'remove'));
      else if (!this.#removed.has(name.toLowerCase())) {
        this.#removed.add(name.toLowerCase());
        this.#remove.push(name);
      }
    }
    return problems.length === 0 ? [] : [joinErrors(problems)];
  }

  edits(): HeaderEdits {
    return { set: this.#set, add: this.#add, remove: this.#remove };
  }

  #unmodifiable(name: string, verb: string): string {
    return `Header: "${name}". The ${this.#filter} filter cannot ${verb} the Host header or headers with a '/' or ':' character in them.`;
  }
}

/** Envoy refuses to edit pseudo-headers and Host. */
const isModifiable = (name: string): boolean => !/[/:]/.test(name) && name.toLowerCase() !== 'host';
/**
 * RFC 9110, field values: visible characters, single blanks or tabs between them. Each group begins with its
 * blank: linear.
 */
const HEADER_VALUE = /^[!-~]+(?:[\t ][!-~]+)*$/;
