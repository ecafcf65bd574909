/**
 * A policy that restricts or protects and that is not translated (host/schema/other-kinds.ts): what it
 * targets must not be served.
 */
import type { PolicyTargetSelector } from './policy.ts';
import type { Resource } from './resource.ts';

interface ProtectionSpec {
  /** What becomes of its targets without it, after "would be": `served without its jwt`. */
  readonly open: string;
  readonly targetRefs: readonly ProtectionRef[];
  readonly targetSelectors: readonly PolicyTargetSelector[];
  /** Its targets cannot all be read: it closes whatever it could target. */
  readonly everything?: Everything;
}
interface Everything {
  /** Absent: in all namespaces. */
  readonly namespace?: string;
  /** Why, as `spec.targetRefs is not a list`. */
  readonly because: string;
}
export interface ProtectionRef {
  readonly kind: string;
  /** Absent: the policy's own. */
  readonly namespace?: string;
  readonly name: string;
  /** A listener, a rule, or a port of a Service. */
  readonly sectionName?: string;
}
/** Kinds of Envoy Gateway and the Gateway API, and others' that attach to Gateways and routes. */
export type ProtectionKind =
  // Those that are refused, and protect or limit: as messages name them.
  | 'BackendTLSPolicy (refused)'
  | 'BackendTrafficPolicy (refused)'
  | 'SecurityPolicy (refused)'
  | 'ClientTrafficPolicy (refused)'
  | 'EnvoyExtensionPolicy'
  | 'EnvoyPatchPolicy'
  | 'AuthorizationPolicy'
  | 'RequestAuthentication'
  | 'AuthPolicy'
  | 'RateLimitPolicy'
  | 'TokenRateLimitPolicy';
/** Instead of a name that cannot be read. */
export const NAMELESS = '?';
export type Protection = Resource<ProtectionKind, ProtectionSpec> & { readonly protects: true };
