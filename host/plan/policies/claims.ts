/**
 * Policies to their targets: who claims what, who comes too late, and the conditions that say so (Gateway API, GEP-713;
 * texts and passes of Envoy Gateway: rules, then routes, listeners, Gateways).
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { BackendTrafficPolicy } from '../../model/resources.ts';
import type { GatewayContext } from '../attach/gateways.ts';
import type { RouteContext } from '../attach/parents.ts';
import { byAge } from '../from.ts';
import type { Hint } from '../hints.ts';
import { Ancestors } from '../status/conditions.ts';
import { claimAbove, toGateway } from './claim-gateways.ts';
import { toRoute } from './claim-routes.ts';
import { Attaching } from './claiming.ts';
import type { Claims, Merge } from './effective.ts';
import type { ResolveTargets } from './targets.ts';

export interface Attachment {
  readonly claims: Claims;
  readonly ancestors: ReadonlyMap<BackendTrafficPolicy, Ancestors>;
}

/** Attaches all policies. Diagnostics: unknown targets and sections, conflicts, merges that fail. */
export function attachPolicies(
  policies: readonly BackendTrafficPolicy[],
  routes: readonly RouteContext[],
  gateways: readonly GatewayContext[],
  resolve: ResolveTargets,
  merge: Merge,
  hint: Hint,
  diagnostics: Diagnostic[],
): Attachment {
  const ordered = [...policies].sort(byAge).map((policy) => ({ policy, targets: resolve(policy) }));
  const attaching = new Attaching(routes, gateways, merge, hint, diagnostics);
  for (const { policy } of ordered) attaching.ancestors.set(policy, new Ancestors());
  // What Gateways and listeners have must be known before routes merge with it.
  for (const { policy, targets } of ordered) {
    for (const target of targets) if (target.kind === 'Gateway') claimAbove(attaching, policy, target);
  }
  for (const wanted of ['rule', 'route', 'listener', 'gateway'] as const) {
    for (const { policy, targets } of ordered) {
      for (const target of targets) {
        const level = target.kind === 'Gateway' ? ['gateway', 'listener'] : ['route', 'rule'];
        if (level[target.sectionName === undefined ? 0 : 1] !== wanted) continue;
        if (target.kind === 'Gateway') toGateway(attaching, policy, target);
        else toRoute(attaching, policy, target);
      }
    }
  }
  return { claims: attaching.claims, ancestors: attaching.ancestors };
}
