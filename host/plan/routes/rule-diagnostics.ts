/** What is told of a rule: backends that cannot be reached, and a rule that reaches none. */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { isConnectionRoute } from '../../model/groups.ts';
import type { AnyRoute } from '../../model/resources.ts';
import { about } from '../from.ts';
import type { Explain } from '../pools/backend-hints.ts';
import type { Share } from '../pools/pools.ts';
import { sentence } from '../status/conditions.ts';
import type { RouteError } from './rule-filters.ts';
import type { RuleContext } from './rules.ts';

export function tellRule(
  route: AnyRoute,
  rule: Pick<RuleContext, 'index' | 'errors' | 'respond' | 'shares'>,
  explain: Explain,
  diagnostics: Diagnostic[],
): void {
  const { index, errors, respond, shares } = rule;
  // What is wrong with TLS is told where it stands, once for all routes.
  for (const error of errors)
    if (error.reason !== 'InvalidBackendTLS') diagnostics.push(diagnose(route, index, error, explain));
  if (errors.length === 0 && respond !== undefined) {
    const connections = isConnectionRoute(route.kind);
    diagnostics.push(
      about(
        route,
        ['spec', 'rules', index, 'backendRefs'],
        'warning',
        'rule-without-backend',
        `${sentence(respond.because)} Its ${connections ? 'connections are closed' : `requests answer ${respond.status}`}.`,
        {
          hint: `Give the rule a backendRef with a weight above 0${connections ? '' : ', or a RequestRedirect filter'}.`,
        },
      ),
    );
  }
  for (const share of shares) if (noneReady(share)) diagnostics.push(nothingReady(route, index, share.index));
}

const CODES = {
  Accepted: 'route-refused',
  ResolvedRefs: 'backend-unresolved',
  BackendsAvailable: 'endpoints-missing',
} as const;

/** The field of a reference that is wrong. */
function pointAt(reason: string): readonly string[] {
  switch (reason) {
    case 'BackendNotFound':
    case 'EndpointsNotFound':
      return ['name'];
    case 'PortNotFound':
      return ['port'];
    case 'RefNotPermitted':
      return ['namespace'];
    default:
      return [];
  }
}

/**
 * The hosts exist, so the reference is valid; Envoy sends them no requests, except in panic mode (seen with
 * 1.40).
 */
const noneReady = ({ destination: { endpoints } }: Share): boolean =>
  endpoints.length > 0 && endpoints.every(({ endpoint }) => endpoint.draining);

function nothingReady(route: AnyRoute, rule: number, backend: number): Diagnostic {
  const ref = route.spec.rules[rule]!.backendRefs[backend]!;
  const namespace = ref.namespace ?? route.metadata.namespace;
  return about(
    route,
    ['spec', 'rules', rule, 'backendRefs', backend, 'name'],
    'warning',
    'endpoints-missing',
    `No endpoint of ${ref.kind} ${namespace}/${ref.name} is ready.`,
    {
      value: ref.name,
      rule: 'A pool without a ready host is in panic: Envoy sends requests to all its hosts, or answers 503 where healthCheck.panicThreshold is 0.',
      hint: 'Set conditions.ready: true (or leave it out) for the endpoints that serve.',
      missing: { kind: 'EndpointSlice', namespace },
    },
  );
}

function diagnose(route: AnyRoute, rule: number, error: RouteError, explain: Explain): Diagnostic {
  const path = ['spec', 'rules', rule, ...error.path, ...pointAt(error.reason)];
  const severity = error.condition === 'BackendsAvailable' ? 'warning' : 'error';
  return about(
    route,
    path,
    severity,
    error.code ?? CODES[error.condition],
    sentence(error.detail ?? error.message),
    {
      ...explain(route, rule, error),
      missing: error.missing,
    },
  );
}
