/**
 * Model → Plan, status and diagnostics: the one entry of this stage. Pure, and linear in the number of routes
 * and policies: every look-up is by name.
 */

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { indexModel } from '../model/index.ts';
import type { AnyRoute, MergeSpecs, Model, SecurityPolicy } from '../model/resources.ts';
import { attachRoutes, type RouteContext, routesByListener } from './attach/attach-routes.ts';
import { bindPorts, placeOf } from './attach/bind.ts';
import { envoyProxies } from './attach/envoy-proxies.ts';
import { buildGateways, type GatewayContext, type ListenerContext, parentsIn } from './attach/gateways.ts';
import { indexGrants } from './attach/grants.ts';
import { sectionsIn } from './attach/sections.ts';
import { clientClosing, clientsOfListeners } from './clients/client-policies.ts';
import { clientStatuses } from './clients/client-status.ts';
import { buildConnections } from './connections/connection-routes.ts';
import { readConnectionRules } from './connections/rule.ts';
import { hints } from './hints.ts';
import { claimTargets } from './policies/claims.ts';
import { effectiveFinder, mergeOnce } from './policies/effective-policy.ts';
import { withoutGlobalLimits } from './policies/global-limits.ts';
import { withOverrideBodies } from './policies/override-bodies.ts';
import { policyStatuses, SECURITY_WORDS, TRAFFIC_WORDS } from './policies/policy-status.ts';
import { closing } from './policies/protections.ts';
import { targetResolver } from './policies/targets.ts';
import { advise } from './pools/advice.ts';
import { backendExplainer } from './pools/backend-hints.ts';
import { backendFinder } from './pools/backends.ts';
import { PoolSet } from './pools/pool-set.ts';
import { entriesOf } from './routes/entries.ts';
import { extensionFinder } from './routes/extensions.ts';
import { findOverlaps } from './routes/overlaps.ts';
import { type RuleSet, readRules } from './routes/rules.ts';
import { buildVirtualHosts } from './routes/virtual-hosts.ts';
import { withCredentials } from './security/credentials.ts';
import { securityOfRules } from './security/security-policies.ts';
import { byName, type ResourceStatus } from './status/conditions.ts';
import { gatewayReferences } from './status/gateway-conditions.ts';
import { gatewayStatus, setStatus } from './status/listener-status.ts';
import { routeStatus } from './status/resource-status.ts';
import { backendPolicies } from './tls/backend-policies.ts';
import { backendTlsReader } from './tls/backend-tls-reader.ts';
import { backendTlsStatus } from './tls/backend-tls-status.ts';
import { clientCertificates, shownBy } from './tls/client-certificates.ts';
import { proofReader } from './tls/client-proof.ts';
import { certificateReader } from './tls/listener-certificates.ts';
import { plainTextAdvice } from './tls/plain-text.ts';
import { secretFinder } from './tls/secret-refs.ts';
import { shownToBackends } from './tls/shown-to-backends.ts';
import type { Plan, ServerCertificate, VirtualHost } from './types.ts';

export interface BuiltPlan {
  readonly plan: Plan;
  /** Gateways, routes, policies; each sorted by namespace and name. */
  readonly status: readonly ResourceStatus[];
  readonly diagnostics: readonly Diagnostic[];
}

interface PlanOptions {
  /** The schema's: policies with a mergeType are merged as they are written. */
  readonly mergeSpecs: MergeSpecs;
  readonly mergeSecurity: MergeSpecs<SecurityPolicy>;
  /** The input has a Gateway that was refused, so none is assumed in its place. */
  readonly gatewayRefused?: boolean;
  /** A service counts global rate limits. */
  readonly globalLimits?: boolean;
  /** Ports below 1024 are bound as they stand, not as port + 10000. */
  readonly privilegedPorts?: boolean;
  /** Milliseconds since 1970, which certificates are judged by. Absent: now. */
  readonly now?: number;
}

/** Never throws for what a user wrote. */
export function buildPlan(given: Model, options: PlanOptions): BuiltPlan {
  const { gatewayRefused = false, privilegedPorts = false, now = Date.now() } = options;
  const diagnostics: Diagnostic[] = [];
  const counted = options.globalLimits
    ? { model: given, mergeSpecs: options.mergeSpecs }
    : withoutGlobalLimits(given, options.mergeSpecs, diagnostics);
  const index = indexModel(given);
  const permits = indexGrants(given.referenceGrants);
  const findSecret = secretFinder(index, permits);
  const filled = withOverrideBodies(counted.model, counted.mergeSpecs, index, diagnostics);
  const proven = withCredentials(filled.model, options.mergeSecurity, findSecret, diagnostics);
  const { mergeSpecs } = filled;
  const { model } = proven;
  const hint = hints();

  const certificatesOf = certificateReader(findSecret, now, diagnostics);
  const proofs = proofReader(index, permits, now, diagnostics);
  const proofOf = proofs.ofGateway;
  const mayAssume = !gatewayRefused;
  const proxyOf = envoyProxies(model);
  const gateways = buildGateways(
    model,
    { mayAssume, privilegedPorts, certificatesOf, proofOf, proxyOf },
    diagnostics,
  );
  const routes = attachRoutes(model, gateways, hint, diagnostics);
  const merge = mergeOnce(mergeSpecs);
  const candidates = [...parentsIn(gateways).map((g) => g.resource), ...routes.map((r) => r.route)];
  const targets = targetResolver(candidates, model.namespaces, permits, diagnostics);
  const { claims, attachments } = claimTargets(model.policies, targets, sectionsIn(gateways, routes));
  const { policies } = model;
  const policyStatus = policyStatuses(
    { policies, claims, attachments, routes, gateways, merge, words: TRAFFIC_WORDS },
    hint,
    diagnostics,
  );

  const { securityPolicies } = model;
  const guarded = claimTargets(securityPolicies, targets, sectionsIn(gateways, routes));
  const mergeSecurity = mergeOnce(proven.mergeSpecs);
  const securityStatus = policyStatuses(
    { policies: securityPolicies, ...guarded, routes, gateways, merge: mergeSecurity, words: SECURITY_WORDS },
    hint,
    diagnostics,
  );
  const security = securityOfRules(guarded.attachments, guarded.claims, mergeSecurity, diagnostics);

  const served = routesByListener(routes);
  const { clientPolicies } = model;
  const clientClaims = claimTargets(clientPolicies, targets, sectionsIn(gateways, []));
  const clients = clientsOfListeners(
    gateways,
    clientClaims.claims,
    placeOf,
    (listener) => [...(served.get(listener)?.values() ?? [])].flat(),
    proofs,
    diagnostics,
  );
  const clientStatus = clientStatuses(
    clientPolicies,
    clientClaims.attachments,
    gateways,
    clients,
    hint,
    diagnostics,
  );

  const closed = closing(model, index, gateways, routes, permits, diagnostics);
  const closings = [closed, security.closing, clientClosing(clients)];
  const { backendTlsPolicies } = model;
  const tlsPolicies = backendPolicies(backendTlsPolicies, index, hint, diagnostics);
  const shown = clientCertificates(findSecret, now, diagnostics);
  const tls = backendTlsReader(index, tlsPolicies, shown.ofBackend, now, diagnostics);
  const byGateway = shownToBackends(shownBy(shown, proxyOf), diagnostics);
  const findBackend = backendFinder(index, permits, tls.of, plainTextAdvice(index, diagnostics));
  const findExtension = extensionFinder(index, findSecret);
  const explain = backendExplainer(model, index, hint);
  const rulesOf = (route: AnyRoute): RuleSet =>
    route.kind === 'TLSRoute' || route.kind === 'TCPRoute' || route.kind === 'UDPRoute'
      ? readConnectionRules(route, findBackend, explain, diagnostics)
      : readRules(route, findBackend, findExtension, explain, diagnostics);
  const rules = new Map<RouteContext, RuleSet>(routes.map((r) => [r, rulesOf(r.route)]));

  const pools = new PoolSet(diagnostics);
  const effectiveOf = effectiveFinder(claims, merge);
  const overlaps = new Map<ListenerContext, ReturnType<typeof findOverlaps>>();
  const told = new Set<string>();
  const routesOn = (listener: ListenerContext) =>
    [...(served.get(listener) ?? [])].map(([route, hosts]) => ({
      route,
      rules: byGateway.rules(
        listener.gateway.resource,
        closings.reduce((left, close) => close(listener, route, left), rules.get(route)!.rules),
      ),
      hosts,
    }));
  const hostsOf = (listener: ListenerContext): VirtualHost[] => {
    const { preservesOrder } = proxyOf(listener.gateway.resource);
    const entries = entriesOf(routesOn(listener), preservesOrder);
    overlaps.set(listener, findOverlaps(entries, told, diagnostics));
    return buildVirtualHosts(listener, entries, effectiveOf, security.of, pools, clients.of(listener));
  };
  const connectionsOf = (listener: ListenerContext, sharing: readonly ListenerContext[]) =>
    buildConnections(listener, sharing, routesOn(listener), {
      effectiveOf,
      securityOf: security.of,
      pools,
    });
  const listeners = bindPorts(gateways, hostsOf, connectionsOf, clients);
  advise(pools.list(), diagnostics);

  const attached = new Map([...served].map(([listener, map]) => [listener, map.size]));
  const referencesOf = gatewayReferences(proofs, shown);
  const status: ResourceStatus[] = [
    ...gateways.filter((g) => !g.assumed).map((g) => gatewayStatus(g, attached, referencesOf(g.resource))),
    ...gateways.flatMap(({ sets }) => sets).map((set) => setStatus(set, attached)),
    ...routes.map((r) => routeStatus(r, rules.get(r)!, overlaps)),
    ...policyStatus,
    ...clientStatus,
    ...securityStatus,
    ...backendTlsStatus(backendTlsPolicies, routes, tlsPolicies, tls),
  ];
  const certificates = new Map([...certificatesIn(gateways), ...tls.certificates, ...byGateway.certificates]);
  const plan = {
    listeners,
    pools: pools.list(),
    certificates: [...certificates.values()],
    authorities: [...proofs.authorities.values(), ...tls.authorities.values()],
  };
  return { plan, status: status.sort(byName), diagnostics };
}

/** Of all listeners that are served, by name. */
const certificatesIn = (gateways: readonly GatewayContext[]): [string, ServerCertificate][] =>
  gateways
    .flatMap(({ listeners }) => listeners)
    .flatMap(({ fault, certificates = [] }) => (fault === undefined ? certificates : []))
    .map((certificate) => [certificate.name, certificate]);
