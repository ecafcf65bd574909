/**
 * A rule of a route, read once for all listeners it is served on: matches, filters, shares of its backends,
 * and the answer if nothing can be served (Gateway API: 500 for an invalid reference, 503 for no endpoints).
 */
import { given } from '../../basics/collections.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { AnyRoute, BackendRef, Session } from '../../model/resources.ts';
import { fromOf, keyOf } from '../from.ts';
import type { Explain } from '../pools/backend-hints.ts';
import type { FindBackend } from '../pools/backends.ts';
import type { Share } from '../pools/pools.ts';
import type { From } from '../types.ts';
import type { FindExtension } from './extensions.ts';
import { lifted } from './lifted.ts';
import { matchesOf, type RuleMatch } from './matches.ts';
import { tellRule } from './rule-diagnostics.ts';
import { type RouteError, type RuleFilters, readFilters } from './rule-filters.ts';

export interface RuleContext {
  readonly index: number;
  readonly name?: string;
  /** `<kind>/<namespace>/<route>/rule/<i>`: the pool's name and the beginning of the routes'. */
  readonly id: string;
  /** Instead of `id`, for its pools: `<id>@<10 hexadecimal digits>` (tls/shown-to-backends.ts). */
  readonly pool?: string;
  readonly from: From;
  readonly matches: readonly RuleMatch[];
  readonly filters: RuleFilters;
  readonly shares: readonly Share[];
  /** Requests of a client stay at one host. */
  readonly session?: Session;
  /** Present: no request of this rule reaches a backend. */
  readonly respond?: { readonly status: number; readonly because: string };
  readonly errors: readonly RouteError[];
}

/** All rules of a route that can be served; `dropped` are the indexes of those that cannot. */
export interface RuleSet {
  readonly rules: readonly RuleContext[];
  readonly errors: readonly RouteError[];
  readonly dropped: readonly number[];
}

export function readRules(
  route: AnyRoute,
  findBackend: FindBackend,
  findExtension: FindExtension,
  explain: Explain,
  diagnostics: Diagnostic[],
): RuleSet {
  const rules: RuleContext[] = [];
  const errors: RouteError[] = [];
  const dropped = new Set<number>();
  route.spec.rules.forEach((_, i) => {
    const rule = readRule(route, i, findBackend, findExtension);
    for (const error of rule.errors) errors.push(error);
    if (rule.errors.some((e) => e.condition === 'Accepted')) dropped.add(i);
    tellRule(route, rule, explain, diagnostics);
    if (rule.matches.length > 0) rules.push(rule);
  });
  return { rules, errors, dropped: [...dropped] };
}

function readRule(
  route: AnyRoute,
  index: number,
  findBackend: FindBackend,
  findExtension: FindExtension,
): RuleContext {
  const spec = lifted(route.spec.rules[index]!);
  const id = `${route.kind.toLowerCase()}/${keyOf(route)}/rule/${index}`;
  const from = { ...fromOf(route, 'spec', 'rules', index), rule: spec.name };
  const filters = readFilters(route, spec.filters, findBackend, findExtension);
  const { matches, problems } = matchesOf(route, index, filters.cookies);
  const errors: RouteError[] = [...filters.errors];
  if (problems.length > 0) {
    // Envoy refuses the whole configuration for one pattern that it cannot compile, so the rule is left out.
    const message = `failed to process route rule ${index}: ${problems[0]}`;
    errors.push({ condition: 'Accepted', reason: 'UnsupportedValue', message, path: ['matches'] });
    return { index, name: spec.name, id, from, matches: [], filters, shares: [], errors };
  }
  const shares: Share[] = [];
  spec.backendRefs.forEach((ref, j) => {
    const share = readShare(route, ref, j, findBackend, findExtension);
    const { problem } = share.destination;
    if (problem !== undefined && !(problem.kind === 'empty' && ref.weight === 0)) {
      const empty = problem.kind === 'empty';
      errors.push({
        condition: empty ? 'BackendsAvailable' : 'ResolvedRefs',
        reason: problem.reason,
        message: empty
          ? `failed to find endpoints: ${problem.message}`
          : `failed to process route rule ${index} backendRef ${j}: ${problem.message}`,
        detail: problem.message,
        missing: problem.missing,
        path: ['backendRefs', j],
      });
    }
    if (ref.weight > 0) shares.push(share);
  });
  const respond = answerOf(filters, shares, errors, spec.backendRefs.length);
  const session = given(spec.session, (own) => ({ ...own, name: own.name ?? id.replaceAll('/', '-') }));
  return { index, name: spec.name, id, from, matches, filters, shares, session, respond, errors };
}

function readShare(
  route: AnyRoute,
  ref: BackendRef,
  index: number,
  findBackend: FindBackend,
  findExtension: FindExtension,
): Share {
  const destination = findBackend(route, ref);
  if (ref.filters.length === 0 || destination.problem !== undefined) {
    return { index, weight: ref.weight, destination };
  }
  const allowed = route.kind === 'HTTPRoute' ? HTTP_BACKEND_FILTERS : GRPC_BACKEND_FILTERS;
  const refuse = (message: string): Share => ({
    index,
    weight: ref.weight,
    destination: {
      ...destination,
      endpoints: [],
      problem: { kind: 'invalid', reason: 'UnsupportedRefValue', message },
    },
  });
  if (ref.filters.some((f) => f.type === 'URLRewrite' && f.urlRewrite.path !== undefined)) {
    return refuse('URLRewrite path modifier is not supported within BackendRef');
  }
  if (ref.filters.some((f) => !allowed.has(f.type))) {
    const last = route.kind === 'HTTPRoute' ? ', URLRewrite and gateway.envoyproxy.io/HTTPRouteFilter' : '';
    const list =
      last === ''
        ? 'RequestHeaderModifier and ResponseHeaderModifier'
        : `RequestHeaderModifier, ResponseHeaderModifier${last}`;
    return refuse(`Specific filter is not supported within BackendRef, only ${list} are supported`);
  }
  const { requestHeaders, responseHeaders, rewrite, errors } = readFilters(
    route,
    ref.filters,
    findBackend,
    findExtension,
  );
  if (errors.length > 0) {
    const message = errors.map((e) => e.message).join('\n');
    return {
      index,
      weight: ref.weight,
      destination: {
        ...destination,
        endpoints: [],
        problem: { kind: 'invalid', reason: 'InvalidBackendFilters', message },
      },
    };
  }
  const filters = { requestHeaders, responseHeaders, rewriteHost: rewrite?.hostname };
  return { index, weight: ref.weight, destination, filters };
}
const HTTP_BACKEND_FILTERS: ReadonlySet<string> = new Set([
  'RequestHeaderModifier',
  'ResponseHeaderModifier',
  'URLRewrite',
]);
const GRPC_BACKEND_FILTERS: ReadonlySet<string> = new Set([
  'RequestHeaderModifier',
  'ResponseHeaderModifier',
]);

/** In Envoy Gateway's order: filters, then references, then endpoints, then weights. */
function answerOf(
  filters: RuleFilters,
  shares: readonly Share[],
  errors: readonly RouteError[],
  references: number,
): RuleContext['respond'] {
  const broken = filters.errors.find((e) => e.condition !== 'BackendsAvailable');
  if (broken !== undefined) return { status: 500, because: broken.message };
  if (filters.redirect !== undefined || filters.answer !== undefined) return undefined;
  if (shares.some((s) => s.destination.problem === undefined)) return undefined;
  const invalid = errors.find((e) => e.condition === 'ResolvedRefs');
  if (invalid !== undefined) return { status: 500, because: invalid.message };
  const empty = errors.find((e) => e.condition === 'BackendsAvailable' && e.path[0] === 'backendRefs');
  if (empty !== undefined) return { status: 503, because: empty.message };
  return {
    status: 500,
    because: references === 0 ? 'the rule has no backendRefs' : 'all backendRefs have weight 0',
  };
}
