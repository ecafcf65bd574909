/**
 * Routes of one listener: every match of every rule for every hostname, in matching order, as virtual hosts.
 */
import { addTo, weakMemo } from '../../basics/collections.ts';
import type { ListenerContext } from '../attach/gateways.ts';
import { hostInName } from '../attach/hostnames.ts';
import { type Effective, type FindEffective, refusalOf } from '../policies/effective-policy.ts';
import type { PoolSet } from '../pools/pool-set.ts';
import type { FindSecurity, Security } from '../security/security-policies.ts';
import type {
  ForwardAction,
  Handling,
  ListenerClients,
  PathEdit,
  Route,
  RouteAction,
  VirtualHost,
} from '../types.ts';
import type { Entry } from './entries.ts';
import { buildForward } from './forward.ts';
import { directRedirect, redirectPort } from './redirect-port.ts';
import { pathEdit } from './rule-filters.ts';
import type { RuleContext } from './rules.ts';

/** Virtual hosts in the order in which their hostnames first occur. */
export function buildVirtualHosts(
  listener: ListenerContext,
  entries: readonly Entry[],
  effectiveOf: FindEffective,
  securityOf: FindSecurity,
  pools: PoolSet,
  clients?: ListenerClients,
): VirtualHost[] {
  const effective = new Map<RuleContext, Effective>();
  const guards = new Map<RuleContext, Security>();
  const forwards = new Map<RuleContext, ForwardAction>();
  const hosts = new Map<string, Route[]>();
  for (const entry of entries) {
    const { route, rule, match, host } = entry;
    let policy = effective.get(rule);
    if (policy === undefined) {
      policy = effectiveOf(route, rule.name, listener);
      effective.set(rule, policy);
    }
    let security = guards.get(rule);
    if (security === undefined) {
      security = securityOf(route, rule.name, listener);
      guards.set(rule, security);
    }
    const forward = (): ForwardAction => {
      let action = forwards.get(rule);
      if (action === undefined) {
        action = buildForward(entry, listener, policy, pools, clients);
        forwards.set(rule, action);
      }
      return action;
    };
    const handling = handlingOf(rule, policy, security, clients);
    const planned: Route = {
      name: `${rule.id}/match/${match.index}${match.preflight === true ? '/cors-preflight' : ''}/${hostInName(host)}`,
      match: match.match,
      action: actionOf(entry, listener, policy, forward),
      requestHeaders: rule.filters.requestHeaders,
      responseHeaders: rule.filters.responseHeaders,
      from: rule.from,
      policy: policy.inForce,
      security: security.inForce,
      handling,
      section: handling?.globalLimit === undefined ? undefined : listener.name,
    };
    const direct = directRedirect(planned, listener);
    if (direct !== undefined) addTo(hosts, host, direct);
    addTo(hosts, host, planned);
  }
  return [...hosts].map(([host, routes]) => ({
    name: `${listener.name}/${hostInName(host)}`,
    domains: [host],
    routes,
  }));
}

/**
 * That of the traffic policy, which does not hold where it is refused, of the SecurityPolicy, and of the
 * rule's own filters, which come first.
 */
function handlingOf(
  { filters: { cors, redirect, answer, injection }, session, respond }: RuleContext,
  { refusedBy, balancing }: Effective,
  { handling: security }: Security,
  clients: ListenerClients | undefined,
): Handling | undefined {
  const own = refusedBy === undefined ? balancing.spec?.handling : undefined;
  const traffic = own && clients?.settings.headers?.silentLimits ? silenced(own) : own;
  const forwards = respond === undefined && redirect === undefined;
  const kept = forwards ? session : undefined;
  const shown = forwards && answer === undefined ? injection : undefined;
  if ([security, cors, kept, shown].every((one) => one === undefined)) return traffic;
  return {
    ...traffic,
    ...security,
    ...(cors === undefined ? {} : { cors }),
    ...(kept === undefined ? {} : { session: kept }),
    ...(shown === undefined ? {} : { injection: shown }),
  };
}

/** Without the headers of local limits; those of global ones are the listener's. */
const silenced = weakMemo((handling: Handling): Handling => {
  const { localLimit } = handling;
  return localLimit === undefined ? handling : { ...handling, localLimit: { ...localLimit, silent: true } };
});

function actionOf(
  { rule, match }: Entry,
  listener: ListenerContext,
  { refusedBy }: Effective,
  forward: () => ForwardAction,
): RouteAction {
  if (rule.respond !== undefined) return { kind: 'respond', ...rule.respond };
  const { redirect, rewrite, answer } = rule.filters;
  if (refusedBy !== undefined) {
    // The pools are kept, shaped by the policy above the refused one. When the policy is repaired, only the
    // routes change.
    if (redirect === undefined && answer === undefined) forward();
    const { namespace, name } = refusedBy.metadata;
    return {
      kind: 'respond',
      status: 500,
      because: `BackendTrafficPolicy ${namespace}/${name} is invalid: ${refusalOf(refusedBy)}`,
    };
  }
  if (answer !== undefined) {
    const { status, because, body } = answer;
    return { kind: 'respond', status, because, ...(body === undefined || body === '' ? {} : { body }) };
  }
  const prefix = match.match.path.kind === 'prefix' ? match.match.path.value : '/';
  if (redirect !== undefined) {
    return {
      kind: 'redirect',
      status: redirect.statusCode,
      scheme: redirect.scheme,
      host: redirect.hostname,
      port: redirectPort(redirect, listener),
      path: pathEdit(redirect.path, prefix),
    };
  }
  if (rewrite === undefined) return forward();
  const { hostname: host, host: hostFrom, pattern, forwardedHost = true } = rewrite;
  const path: PathEdit | undefined =
    pattern === undefined ? pathEdit(rewrite.path, prefix) : { kind: 'pattern', ...pattern };
  const from = hostFrom === undefined ? {} : { hostFrom };
  return {
    ...forward(),
    rewrite: { host, ...from, ...(forwardedHost ? {} : { unsaid: true }), path },
  };
}
