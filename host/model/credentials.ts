/**
 * Who a client must show to be, and what Envoy shows to backends, as policies and filters ask for it; with
 * what stands in Secrets put in (host/plan/security/credentials.ts) also a part of the plan.
 */
import type { Hidden } from '../basics/hidden.ts';
import type { SecretRef } from './secret.ts';

/** Name and password (RFC 7617). */
export interface BasicAuthRef {
  readonly users: SecretRef;
  /** The backend is told the name in this header. */
  readonly forwardHeader?: string;
}
export interface BasicAuth extends Omit<BasicAuthRef, 'users'> {
  /** Of the policy; equal names are equal settings. */
  readonly name: string;
  /** Lines `name:{SHA}hash`. */
  readonly users: Hidden;
}

/** One of several places where a key is looked for, in their order. */
export type KeySource =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'query'; readonly name: string }
  | { readonly kind: 'cookie'; readonly name: string };

export interface ApiKeyAuthRef {
  readonly refs: readonly SecretRef[];
  readonly sources: readonly KeySource[];
  /** The backend is told whose key it is in this header. */
  readonly forwardHeader?: string;
  /** The backend does not see the key. */
  readonly sanitize: boolean;
}
export interface ApiKeyAuth extends Omit<ApiKeyAuthRef, 'refs'> {
  /** Of the policy; equal names are equal settings. */
  readonly name: string;
  readonly keys: readonly { readonly client: string; readonly key: Hidden }[];
}

/** Backends are shown it in a header, whoever the client is. */
export interface InjectionRef {
  readonly secret: SecretRef;
  readonly header: string;
  /** What the client sends in that header is lost; else it goes on, and the credential is not shown. */
  readonly overwrite: boolean;
}
export interface Injection extends Omit<InjectionRef, 'secret'> {
  /** `<namespace>/<filter>`; equal names are equal settings. */
  readonly name: string;
  readonly credential: Hidden;
}
