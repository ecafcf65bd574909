/**
 * What the status of a policy on a Gateway or listener says about the policies below it: scopes with the
 * scopes below them that have a policy of their own. It is as coarse as Envoy Gateway's (a listener's policy
 * names all routes of its Gateway); which policy holds where is in effective-policy.ts.
 */
import { compareText } from '../../basics/text.ts';
import type { RouteContext } from '../attach/routes.ts';
import type { Attachment } from './claims.ts';
import type { MergePlace, MergingPolicy } from './effective-policy.ts';

interface Scope {
  readonly kind: 'gateway' | 'listener' | 'route';
  /** The name in messages: `namespace/name` or `namespace/name/section`. */
  readonly name: string;
  /** Tells routes of different kinds with one name apart. */
  readonly routeKind?: string;
}

export const gatewayScope = (key: string): Scope => ({ kind: 'gateway', name: key });
export const listenerScope = (gateway: string, listener: string): Scope => ({
  kind: 'listener',
  name: `${gateway}/${listener}`,
});

const idOf = (scope: Scope): string => `${scope.kind}|${scope.routeKind ?? ''}|${scope.name}`;

class ScopeGraph {
  readonly #children = new Map<string, Map<string, Scope>>();
  /** Gateway → its listeners that have something below them. */
  readonly #listeners = new Map<string, Set<string>>();

  /** `gateway`: the Gateway of a parent that is a listener. */
  add(parent: Scope, child: Scope, gateway?: Scope): void {
    const id = idOf(parent);
    let children = this.#children.get(id);
    if (children === undefined) {
      children = new Map();
      this.#children.set(id, children);
    }
    children.set(idOf(child), child);
    if (gateway !== undefined) {
      const listeners = this.#listeners.get(idOf(gateway)) ?? new Set();
      listeners.add(id);
      this.#listeners.set(idOf(gateway), listeners);
    }
  }

  direct(parent: Scope): ReadonlyMap<string, Scope> {
    return this.#children.get(idOf(parent)) ?? new Map();
  }

  /**
   * For a Gateway this includes what is below its listeners; for a listener, the routes of its whole Gateway.
   */
  all(parent: Scope, gateway?: Scope): ReadonlyMap<string, Scope> {
    const result = new Map(this.direct(parent));
    if (gateway === undefined) {
      for (const id of this.#listeners.get(idOf(parent)) ?? []) {
        for (const [key, child] of this.#children.get(id) ?? []) result.set(key, child);
      }
    } else {
      for (const [key, child] of this.direct(gateway)) if (child.kind === 'route') result.set(key, child);
    }
    return result;
  }
}

/**
 * Who is below whom with a policy of its own, and who is merged with whom.
 * @param placesOf Where a policy of a route is merged.
 */
export function overrideGraphs<P extends MergingPolicy>(
  attachments: readonly Attachment<P>[],
  routes: ReadonlyMap<string, RouteContext>,
  placesOf: (policy: P, route: RouteContext) => readonly MergePlace<P>[],
): { readonly overrides: ScopeGraph; readonly merged: ScopeGraph } {
  const overrides = new ScopeGraph();
  const merged = new ScopeGraph();
  for (const { policy, target, outcome } of attachments) {
    const { kind, namespace, name, sectionName } = target;
    if (kind === 'Gateway') {
      const gateway = `${namespace}/${name}`;
      if (sectionName !== undefined && outcome.kind === 'attached')
        overrides.add(gatewayScope(gateway), listenerScope(gateway, sectionName));
      continue;
    }
    const route = routes.get(target.resource);
    if (route === undefined) continue;
    const scope: Scope = { kind: 'route', name: `${namespace}/${name}`, routeKind: kind };
    // As Envoy Gateway: also where the policy came too late, or names a rule that the route does not have.
    for (const { gateway, ref } of route.parents) {
      const above = gatewayScope(gateway.key);
      if (ref.sectionName === undefined) overrides.add(above, scope);
      else overrides.add(listenerScope(gateway.key, ref.sectionName), scope, above);
    }
    if (outcome.kind !== 'attached' || policy.spec.mergeType === undefined) continue;
    for (const { gateway, listener, above } of placesOf(policy, route)) {
      if (above?.merged.kind !== 'merged') continue;
      const parent = above.ofListener
        ? listenerScope(gateway.key, listener.spec.name)
        : gatewayScope(gateway.key);
      merged.add(parent, scope);
    }
  }
  return { overrides, merged };
}

/** `these gateway listeners: [a b] and these routes: [c]`; empty for none. `except` are left out. */
export function describeScopes(
  scopes: ReadonlyMap<string, Scope>,
  except?: ReadonlyMap<string, Scope>,
): string {
  const names = (kind: Scope['kind']): string[] =>
    [...scopes]
      .filter(([id, scope]) => scope.kind === kind && !except?.has(id))
      .map(([, scope]) => scope.name)
      .sort(compareText);
  const parts: string[] = [];
  const listeners = names('listener');
  const routes = names('route');
  if (listeners.length > 0) parts.push(`these gateway listeners: [${listeners.join(' ')}]`);
  if (routes.length > 0) parts.push(`these routes: [${routes.join(' ')}]`);
  return parts.join(' and ');
}
