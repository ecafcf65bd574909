/**
 * SecurityPolicy (Envoy Gateway v1alpha1): who may send requests. Only what Envoy decides alone; a policy
 * that asks another service is refused. What a route takes over as it is is part of the plan too.
 */
import type { Cidr } from '../basics/cidr.ts';
import type { ApiKeyAuth, ApiKeyAuthRef, BasicAuth, BasicAuthRef } from './credentials.ts';
import type { Cors, Csrf } from './origins.ts';
import type { PolicyTargets } from './policy.ts';
import type { Resource } from './resource.ts';

/** The first rule that a request fits decides. */
export interface Authorization {
  readonly rules: readonly AuthorizationRule[];
  /** What becomes of a request that no rule fits. */
  readonly otherwise: AuthorizationAction;
}
export const AUTHORIZATION_ACTIONS = ['Allow', 'Deny'] as const;
export type AuthorizationAction = (typeof AUTHORIZATION_ACTIONS)[number];

/** A request fits when all that is given holds. */
export interface AuthorizationRule {
  /** The user's, or that of Envoy Gateway. */
  readonly name: string;
  readonly action: AuthorizationAction;
  /** In capitals; empty: any. */
  readonly methods: readonly string[];
  readonly path?: {
    readonly kind: 'exact' | 'prefix' | 'regex';
    readonly value: string;
    readonly invert: boolean;
  };
  /** Of the client's address; empty: any. */
  readonly ranges: readonly Cidr[];
  /** All of them; each has one of its values. */
  readonly headers: readonly { readonly name: string; readonly values: readonly string[] }[];
}

export interface SecurityPolicySpec extends PolicyTargets {
  readonly mergeType?: string;
  readonly cors?: Cors;
  readonly csrf?: Csrf;
  readonly authorization?: Authorization;
  readonly basicAuth?: BasicAuthRef;
  readonly apiKeyAuth?: ApiKeyAuthRef;
  /** What stands in the Secrets of these two, where they are known. */
  readonly proven?: { readonly basicAuth?: BasicAuth; readonly apiKeyAuth?: ApiKeyAuth };
  /** As written, for mergeType. */
  readonly raw: Readonly<Record<string, unknown>>;
}
export type SecurityPolicy = Resource<'SecurityPolicy', SecurityPolicySpec> & {
  /** What an API server accepts and Envoy cannot do: the requests of its targets answer 500. */
  readonly invalid: readonly string[];
};
