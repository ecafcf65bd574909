/**
 * What the status of a policy on a Gateway or listener says about the policies below it: scopes with the
 * scopes below them that have a policy of their own. It is as coarse as Envoy Gateway's (a listener's policy
 * names all routes of its Gateway); which policy holds where is in effective-policy.ts.
 */
import { compareText } from '../../basics/text.ts';
import { isOwnerKind } from '../../model/groups.ts';
import type { RouteContext } from '../attach/attach-routes.ts';
import { ownerKey } from '../attach/gateways.ts';
import { type Attachment, scopeKey } from './claims.ts';
import type { MergePlace, MergingPolicy } from './effective-policy.ts';

/** A policy's target, or a part of one. */
interface Scope {
  readonly kind: 'gateway' | 'listener' | 'set' | 'set-listener' | 'route';
  /** As `scopeKey` names it. */
  readonly id: string;
  /** The name in messages: `namespace/name` or `namespace/name/section`. */
  readonly name: string;
  /** Of a listener: what it stands in. */
  readonly within?: string;
}

/** @param resource `Kind/namespace/name`. */
export function scopeOf(resource: string, section?: string): Scope {
  const kind = resource.slice(0, resource.indexOf('/'));
  const name = resource.slice(kind.length + 1);
  const id = scopeKey(resource, section);
  if (!isOwnerKind(kind)) return { kind: 'route', id, name };
  const isSet = kind === 'ListenerSet';
  return section === undefined
    ? { kind: isSet ? 'set' : 'gateway', id, name }
    : { kind: isSet ? 'set-listener' : 'listener', id, name: `${name}/${section}`, within: resource };
}

class ScopeGraph {
  readonly #children = new Map<string, Map<string, Scope>>();
  /** What has something below it and stands in another scope: listeners and sets of a Gateway. */
  readonly #inside = new Map<string, Set<string>>();

  add(parent: Scope, child: Scope): void {
    const children = this.#children.get(parent.id) ?? new Map<string, Scope>();
    this.#children.set(parent.id, children.set(child.id, child));
    if (parent.within !== undefined) this.contain(parent.within, parent.id);
  }

  contain(outer: string, inner: string): void {
    this.#inside.set(outer, (this.#inside.get(outer) ?? new Set()).add(inner));
  }

  direct({ id }: Pick<Scope, 'id'>): ReadonlyMap<string, Scope> {
    return this.#children.get(id) ?? new Map();
  }

  /** Of a Gateway or set with what is below its parts; of a listener with the routes of what it stands in. */
  all(scope: Scope): ReadonlyMap<string, Scope> {
    const result = new Map(this.direct(scope));
    const addInside = (outer: string): void => {
      for (const inner of this.#inside.get(outer) ?? []) {
        for (const [key, child] of this.direct({ id: inner })) result.set(key, child);
        addInside(inner);
      }
    };
    if (scope.within === undefined) addInside(scope.id);
    else
      for (const [key, child] of this.direct({ id: scope.within }))
        if (child.kind === 'route') result.set(key, child);
    return result;
  }
}

/**
 * Who is below whom with a policy of its own, and who is merged with whom.
 * @param gatewayOf Of a ListenerSet its Gateway; of a Gateway itself.
 * @param placesOf Where a policy of a route is merged.
 */
export function overrideGraphs<P extends MergingPolicy>(
  attachments: readonly Attachment<P>[],
  routes: ReadonlyMap<string, RouteContext>,
  gatewayOf: (resource: string) => string,
  placesOf: (policy: P, route: RouteContext) => readonly MergePlace<P>[],
): { readonly overrides: ScopeGraph; readonly merged: ScopeGraph } {
  const overrides = new ScopeGraph();
  const merged = new ScopeGraph();
  for (const { policy, target, outcome } of attachments) {
    const { kind, resource, sectionName } = target;
    if (isOwnerKind(kind)) {
      if (outcome.kind !== 'attached') continue;
      const above = gatewayOf(resource);
      if (sectionName !== undefined) {
        overrides.add(scopeOf(resource), scopeOf(resource, sectionName));
        if (above !== resource) overrides.contain(above, resource);
      } else if (above !== resource) overrides.add(scopeOf(above), scopeOf(resource));
      continue;
    }
    const route = routes.get(resource);
    if (route === undefined) continue;
    const scope = scopeOf(resource);
    // As Envoy Gateway: also where the policy came too late, or names a rule that the route does not have.
    for (const { owner, ref } of route.parents) {
      const parent = ownerKey(owner);
      overrides.add(scopeOf(parent, ref.sectionName), scope);
      if (gatewayOf(parent) !== parent) overrides.contain(gatewayOf(parent), parent);
    }
    if (outcome.kind !== 'attached' || policy.spec.mergeType === undefined) continue;
    for (const { above } of placesOf(policy, route))
      if (above?.merged.kind === 'merged') {
        const [parent = '', section] = above.scope.split('#');
        merged.add(scopeOf(parent, section), scope);
      }
  }
  return { overrides, merged };
}

const KINDS: readonly (readonly [Scope['kind'], string])[] = [
  ['listener', 'these gateway listeners'],
  ['set', 'these listenersets'],
  ['set-listener', 'these listenerset listeners'],
  ['route', 'these routes'],
];

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
  return KINDS.map(([kind, label]) => ({ label, found: names(kind) }))
    .filter(({ found }) => found.length > 0)
    .map(({ label, found }) => `${label}: [${found.join(' ')}]`)
    .join(' and ');
}
