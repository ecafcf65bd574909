import type { Filters } from '../filter/driver.ts';
import type { FilterPlan } from '../filter/plan.ts';
import { isForward } from '../filter/pool-config.ts';
import type { ClientProof, Plan, Pool, Route } from '../plan/types.ts';
import { CLIENT, receive } from './connection-manager.ts';
import { connectionOf, explainConnection } from './explain-connection.ts';
import { isPreflight } from './explain-cors.ts';
import type { Explanation } from './explanation.ts';
import { type Found, findRoute } from './find-route.ts';
import { explainHandling, refusal } from './handling.ts';
import { internalHeaders } from './internal-headers.ts';
import { explainPolicy } from './policy-why.ts';
import { explainPools } from './pools.ts';
import type { Request } from './request.ts';
import { describeMatch } from './route-match.ts';
import { warningsFor } from './warnings.ts';

export interface ExplainInput {
  readonly plan: Plan;
  /** Name of a pool → of its cluster in an Envoy of `loadstar run`. */
  readonly liveClusters?: ReadonlyMap<string, string>;
  readonly filter: FilterPlan;
  /** What each policy (`namespace/name`) targets, in words. */
  readonly targets: ReadonlyMap<string, readonly string[]>;
  /** Of the compiled module. */
  readonly filters: Filters;
  readonly request: Request;
  /** Name or port of the listener to ask. */
  readonly listener?: string;
  /** Hosts as Envoy prints them. */
  readonly unhealthy: readonly string[];
  readonly utilization: ReadonlyMap<string, number>;
}

export function explain(input: ExplainInput): Explanation {
  const { plan, request } = input;
  const sourceIp = request.sourceIp ?? CLIENT;
  const scheme = request.url?.scheme === 'https' ? ('https' as const) : undefined;
  const shown = { method: request.method, scheme, host: request.host, path: request.path, sourceIp };
  const nothing = { request: shown, handling: [], pools: [], warnings: [] };
  const removed = internalHeaders(plan, input.filter);
  const connection = connectionOf(request, sourceIp);
  // Of what is no request the connection is shown.
  const asked = connection === undefined ? {} : { request: undefined, connection };
  const found = findRoute(plan, request, input.listener, { removed, receive });
  switch (found.kind) {
    case 'answered':
      return { ...nothing, answer: { status: found.status, because: found.because } };
    case 'closed':
      return { ...nothing, ...asked, answer: { status: 0, because: found.because } };
    case 'connection':
      return explainConnection(input, found, sourceIp);
    case 'none':
      return {
        ...nothing,
        answer: {
          status: 404,
          because: found.hostKnown ? 'no route matches' : unknownHost(request.host, found.domains),
        },
        near: found.near.map(({ route, because }) => ({
          route: route.name,
          because: because.map((b) => b.because),
        })),
      };
    case 'route':
      return explainRoute(input, found, sourceIp);
  }
}

function proofText(proof: ClientProof | undefined): string | undefined {
  if (proof === undefined) return undefined;
  const { required, verified, sources, altNames } = proof;
  const who = required ? 'clients must show a certificate' : 'clients may show a certificate';
  if (!verified) return `${who}, which is not verified`;
  return `${who}, issued by ${sources.join(', ')}${altNames.length === 0 ? '' : `, with one of ${altNames.length} names`}`;
}

const unknownHost = (host: string, domains: readonly string[]): string =>
  domains.length === 0
    ? 'there is no listener with routes'
    : `no virtual host serves ${host}; served: ${domains.join(', ')}`;

function explainRoute(input: ExplainInput, found: Found, connection: string): Explanation {
  const { listener, virtualHost, domain, route, request, upgrade } = found;
  const sourceIp = request.sourceIp ?? connection;
  const answer = isPreflight(route, request)
    ? { status: 200, because: 'Envoy answers preflights (CORS)' }
    : (refusal(route, request, sourceIp) ?? answerOf(route, upgrade));
  const { pools, missing } =
    isForward(route) && answer === undefined
      ? explainPools(input, listener, route, request, sourceIp)
      : { pools: [], missing: undefined };
  return {
    request: {
      method: request.method,
      scheme: listener.tls === undefined ? undefined : 'https',
      host: request.host,
      path: input.request.path,
      sourceIp: connection,
      client: sourceIp === connection ? undefined : sourceIp,
      normalizedPath: request.path === input.request.path ? undefined : request.path,
    },
    listener: {
      name: listener.name,
      address: listener.address,
      port: listener.port,
      serverName: listener.tls?.serverName,
      certificates: listener.tls?.certificates,
      proof: proofText(listener.tls?.proof),
      clients: listener.clients?.policy,
    },
    virtualHost: { name: virtualHost.name, domain },
    route: { name: route.name, from: route.from, matches: describeMatch(route.match) },
    policy: explainPolicy(route, input.targets),
    handling: explainHandling(route, request, sourceIp),
    answer: answer ?? missing,
    pools,
    warnings: warningsFor(
      found,
      poolsOf(input.plan, route),
      input.filter,
      input.request,
      internalHeaders(input.plan, input.filter)(listener),
      input.utilization.size > 0,
    ),
  };
}

/** What Envoy answers for the route without asking a backend. */
function answerOf({ action }: Route, upgrade: string | undefined): Explanation['answer'] {
  switch (action.kind) {
    case 'respond':
      return { status: action.status, because: action.because };
    case 'redirect':
      return { status: action.status, because: 'the route redirects' };
    case 'forward':
      return upgrade === undefined || action.upgrades.includes(upgrade)
        ? undefined
        : { status: 403, because: `the route does not take an upgrade to ${upgrade}` };
  }
}

function poolsOf(plan: Plan, { action }: Route): Pool[] {
  const names = new Set(action.kind === 'forward' ? action.to.map(({ pool }) => pool) : []);
  return plan.pools.filter(({ name }) => names.has(name));
}
