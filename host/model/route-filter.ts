/** HTTPRouteFilter (Envoy Gateway v1alpha1): what a rule's filter of type ExtensionRef refers to. */
import type { InjectionRef } from './credentials.ts';
import type { Answer } from './policy-handling.ts';
import type { Resource } from './resource.ts';
import type { ValueMatch } from './routes.ts';

/** What a pattern matches is replaced; the new text may name its groups, as `\1`. */
export interface PatternEdit {
  readonly pattern: string;
  readonly substitution: string;
}
/** Where the Host of a forwarded request comes from; a part of the plan too. */
export type HostSource =
  | { readonly kind: 'header'; readonly name: string }
  /** The name in DNS of the host that is picked; an address stays unsaid. */
  | { readonly kind: 'backend' }
  /** Made of the path. */
  | ({ readonly kind: 'path' } & PatternEdit);

export interface HTTPRouteFilterSpec {
  /** One of them must match besides the rule's own: all its cookies. Empty: nothing more is asked. */
  readonly matches: readonly { readonly cookies: readonly ValueMatch[] }[];
  readonly rewrite?: {
    readonly host?: HostSource;
    readonly path?: PatternEdit;
    /** Whether the Host of the client is told in x-forwarded-host; absent: yes. */
    readonly forwardedHost?: boolean;
  };
  /** Answered by Envoy itself; its status has a default. */
  readonly answer?: Answer & { readonly status: number };
  readonly injection?: InjectionRef;
}
export type HTTPRouteFilter = Resource<'HTTPRouteFilter', HTTPRouteFilterSpec>;
