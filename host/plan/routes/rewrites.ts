/**
 * URLRewrite filters of a rule and the rewrites of its HTTPRouteFilters, joined: each part once, as Envoy
 * Gateway has it.
 */
import type { HTTPRouteFilterSpec, RouteFilter } from '../../model/resources.ts';

type Plain = Extract<RouteFilter, { type: 'URLRewrite' }>['urlRewrite'];
type Extended = NonNullable<HTTPRouteFilterSpec['rewrite']>;

export interface RuleRewrite extends Plain {
  /** In place of `hostname`. */
  readonly host?: Extended['host'];
  /** In place of `path`. */
  readonly pattern?: Extended['path'];
  /** Whether the Host of the client is told; absent: yes. */
  readonly forwardedHost?: boolean;
}

export class Rewrites {
  #plain: Plain | undefined;
  #extended: Extended | undefined;

  /** False: it says something that another filter says too. */
  add(rewrite: Plain): boolean {
    const { host, path } = this.#extended ?? {};
    if (this.#plain !== undefined || (rewrite.hostname && host) || (rewrite.path && path)) return false;
    this.#plain = rewrite;
    return true;
  }

  /** False: it says something that another filter says too. */
  extend(rewrite: Extended | undefined): boolean {
    if (rewrite === undefined) return true;
    const { hostname, path } = this.#plain ?? {};
    const { host, path: pattern, forwardedHost } = this.#extended ?? {};
    const says = rewrite.host !== undefined || rewrite.path !== undefined;
    if (says && (host !== undefined || pattern !== undefined)) return false;
    if ((rewrite.host && hostname) || (rewrite.path && path)) return false;
    this.#extended = {
      host: host ?? rewrite.host,
      path: pattern ?? rewrite.path,
      forwardedHost: rewrite.forwardedHost ?? forwardedHost,
    };
    return true;
  }

  get rewrite(): RuleRewrite | undefined {
    if (this.#extended === undefined) return this.#plain;
    const { host, path: pattern, forwardedHost } = this.#extended;
    return { ...this.#plain, host, pattern, forwardedHost };
  }
}
