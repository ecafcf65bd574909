/**
 * Which policies displace or extend which: scopes (Gateway, listener, route) with the scopes below them that have a policy
 * of their own. Only for status messages; who wins is in effective.ts.
 */
import { compareText } from '../from.ts';

export interface Scope {
  readonly kind: 'gateway' | 'listener' | 'route';
  /** As messages name it: `namespace/name` or `namespace/name/section`. */
  readonly name: string;
  /** Distinguishes routes of different kinds with one name. */
  readonly routeKind?: string;
}

export const gatewayScope = (key: string): Scope => ({ kind: 'gateway', name: key });
export const listenerScope = (gateway: string, listener: string): Scope => ({
  kind: 'listener',
  name: `${gateway}/${listener}`,
});

const idOf = (scope: Scope): string => `${scope.kind}|${scope.routeKind ?? ''}|${scope.name}`;

export class ScopeGraph {
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

  /** Of a Gateway also what hangs below its listeners; of a listener also the routes of its whole Gateway. */
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
