/**
 * The rule of a TLSRoute, TCPRoute or UDPRoute, read once for all its listeners: the shares of its backends.
 * It has no matches and no filters.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { BackendRef, TCPRoute, TLSRoute, UDPRoute } from '../../model/resources.ts';
import { about, fromOf, keyOf } from '../from.ts';
import type { Explain } from '../pools/backend-hints.ts';
import type { FindBackend } from '../pools/backends.ts';
import type { Destination } from '../pools/destination.ts';
import type { Share } from '../pools/pools.ts';
import { tellRule } from '../routes/rule-diagnostics.ts';
import { NO_FILTERS, type RouteError } from '../routes/rule-filters.ts';
import type { RuleContext, RuleSet } from '../routes/rules.ts';

export type RouteOfConnections = TLSRoute | TCPRoute | UDPRoute;

export function readConnectionRules(
  route: RouteOfConnections,
  findBackend: FindBackend,
  explain: Explain,
  diagnostics: Diagnostic[],
): RuleSet {
  const { rules } = route.spec;
  if (rules.length !== 1) return severalRules(route, diagnostics);
  const [{ name, backendRefs }] = rules as [(typeof rules)[number]];
  const errors: RouteError[] = [];
  const shares: Share[] = [];
  for (const [index, ref] of backendRefs.entries()) {
    const destination = verifiable(route, index, findBackend(route, ref), diagnostics);
    const error = errorOf(ref, index, destination);
    if (error !== undefined) errors.push(error);
    if (ref.weight > 0) shares.push({ index, weight: ref.weight, destination });
  }
  const rule: RuleContext = {
    index: 0,
    name,
    id: `${route.kind.toLowerCase()}/${keyOf(route)}/rule/-1`,
    from: { ...fromOf(route, 'spec', 'rules', 0), rule: name },
    matches: [],
    filters: NO_FILTERS,
    shares,
    respond: answerOf(shares),
    errors,
  };
  tellRule(route, rule, explain, diagnostics);
  return { rules: [rule], errors, dropped: [] };
}

/** Envoy Gateway's words for a TCPRoute. It joins the rules of a TLSRoute, which no version since has. */
function severalRules(route: RouteOfConnections, diagnostics: Diagnostic[]): RuleSet {
  const message = 'One and only one rule is supported';
  diagnostics.push(
    about(route, ['spec', 'rules'], 'error', 'route-refused', `${message}.`, {
      value: route.spec.rules.length,
      rule: `Nothing says which connections of a ${route.kind} another rule would be for.`,
      hint: 'Put the backendRefs into one rule, with weights.',
    }),
  );
  const errors: RouteError[] = [{ condition: 'Accepted', reason: 'InvalidRule', message, path: [] }];
  return { rules: [], errors, dropped: route.spec.rules.map((_, i) => i) };
}

/** A connection has no Host: a backend whose name comes from there could show any certificate. */
function verifiable(
  route: RouteOfConnections,
  index: number,
  destination: Destination,
  diagnostics: Diagnostic[],
): Destination {
  const { tls } = destination;
  if (tls !== undefined && route.kind === 'UDPRoute')
    return plainDatagrams(route, index, destination, diagnostics);
  if (tls?.sni.kind !== 'request' || tls.trust.kind === 'anyone') return destination;
  const ref = route.spec.rules[0]!.backendRefs[index]!;
  const message = `the certificate of ${destination.backend} cannot be verified: nothing says for which name it must be`;
  diagnostics.push(
    about(
      route,
      ['spec', 'rules', 0, 'backendRefs', index, 'name'],
      'error',
      'backend-tls-nameless',
      `T${message.slice(1)}.`,
      {
        value: ref.name,
        rule: `A ${route.kind} has no Host that could be the server name; until then its connections are closed.`,
        hint: 'Set tls.sni in the Backend, or hostname in a BackendTLSPolicy.',
      },
    ),
  );
  const problem = { kind: 'invalid', reason: 'InvalidBackendTLS', message } as const;
  return { ...destination, endpoints: [], tls: undefined, problem };
}

/** A policy asks for TLS, and datagrams would go without: they must not. */
function plainDatagrams(
  route: RouteOfConnections,
  index: number,
  destination: Destination,
  diagnostics: Diagnostic[],
): Destination {
  const message = `${destination.backend} asks for TLS, which datagrams have none of`;
  diagnostics.push(
    about(
      route,
      ['spec', 'rules', 0, 'backendRefs', index, 'name'],
      'error',
      'value-not-supported',
      `${message}: they are dropped.`,
      {
        value: route.spec.rules[0]!.backendRefs[index]!.name,
        rule: 'What protects must not be left out.',
        hint: 'Remove the BackendTLSPolicy or tls of the Backend, if that is what you want.',
      },
    ),
  );
  const problem = { kind: 'invalid', reason: 'InvalidBackendTLS', message } as const;
  return { ...destination, endpoints: [], tls: undefined, problem };
}

function errorOf(ref: BackendRef, index: number, { problem }: Destination): RouteError | undefined {
  if (problem === undefined || (problem.kind === 'empty' && ref.weight === 0)) return undefined;
  const empty = problem.kind === 'empty';
  return {
    condition: empty ? 'BackendsAvailable' : 'ResolvedRefs',
    reason: problem.reason,
    message: empty ? `failed to find endpoints: ${problem.message}` : problem.message,
    detail: problem.message,
    missing: problem.missing,
    path: ['backendRefs', index],
  };
}

/** Present: no backend can be reached, so that connections are closed. */
function answerOf(shares: readonly Share[]): RuleContext['respond'] {
  if (shares.length === 0) return { status: 500, because: 'all backendRefs have weight 0' };
  const problems = shares.map(({ destination }) => destination.problem);
  if (problems.some((problem) => problem === undefined)) return undefined;
  const worst = problems.find((problem) => problem?.kind === 'invalid') ?? problems[0]!;
  return { status: worst.kind === 'invalid' ? 500 : 503, because: worst.message };
}
