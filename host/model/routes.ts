/** HTTPRoute, GRPCRoute, TLSRoute, TCPRoute and UDPRoute (Gateway API v1). */
import type { Cors } from './origins.ts';
import type { Resource } from './resource.ts';
import type { RuleSession } from './session.ts';

export interface ParentRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}

type PathMatch = {
  readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression';
  readonly value: string;
};
export type ValueMatch = {
  readonly type: 'Exact' | 'RegularExpression';
  readonly name: string;
  readonly value: string;
};
export interface HTTPRouteMatch {
  readonly path: PathMatch;
  readonly headers: readonly ValueMatch[];
  readonly queryParams: readonly ValueMatch[];
  readonly method?: string;
}
export interface GRPCRouteMatch {
  readonly method?: {
    readonly type: 'Exact' | 'RegularExpression';
    readonly service?: string;
    readonly method?: string;
  };
  readonly headers: readonly ValueMatch[];
}

export interface HeaderModifier {
  readonly set: readonly { readonly name: string; readonly value: string }[];
  readonly add: readonly { readonly name: string; readonly value: string }[];
  readonly remove: readonly string[];
}
export type PathModifier =
  | { readonly type: 'ReplaceFullPath'; readonly replaceFullPath: string }
  | { readonly type: 'ReplacePrefixMatch'; readonly replacePrefixMatch: string };
export type RouteFilter =
  | { readonly type: 'RequestHeaderModifier'; readonly requestHeaderModifier: HeaderModifier }
  | { readonly type: 'ResponseHeaderModifier'; readonly responseHeaderModifier: HeaderModifier }
  | {
      readonly type: 'RequestRedirect';
      readonly requestRedirect: {
        readonly scheme?: 'http' | 'https';
        readonly hostname?: string;
        readonly path?: PathModifier;
        readonly port?: number;
        readonly statusCode: 301 | 302 | 303 | 307 | 308;
      };
    }
  | {
      readonly type: 'URLRewrite';
      readonly urlRewrite: { readonly hostname?: string; readonly path?: PathModifier };
    }
  | { readonly type: 'CORS'; readonly cors: Cors }
  | {
      readonly type: 'ExtensionRef';
      readonly extensionRef: { readonly group: string; readonly kind: string; readonly name: string };
    }
  | {
      readonly type: 'RequestMirror';
      readonly requestMirror: {
        readonly backendRef: BackendObjectRef;
        readonly percent?: number;
        readonly fraction?: { readonly numerator: number; readonly denominator: number };
      };
    };

export interface BackendObjectRef {
  /** '' for Service, 'gateway.envoyproxy.io' for Backend. */
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly port?: number;
}
export interface BackendRef extends BackendObjectRef {
  readonly weight: number;
  readonly filters: readonly RouteFilter[];
}

export interface RouteRule<M> {
  readonly name?: string;
  readonly matches: readonly M[];
  readonly filters: readonly RouteFilter[];
  readonly backendRefs: readonly BackendRef[];
  /** Durations in milliseconds; in the API they are GEP-2257 strings. */
  readonly timeouts?: { readonly requestMs?: number; readonly backendRequestMs?: number };
  readonly retry?: {
    readonly codes: readonly number[];
    readonly attempts: number;
    readonly backoffMs?: number;
  };
  readonly session?: RuleSession;
}
interface RouteSpec<M> {
  readonly parentRefs: readonly ParentRef[];
  readonly hostnames: readonly string[];
  readonly rules: readonly RouteRule<M>[];
}
export type HTTPRoute = Resource<'HTTPRoute', RouteSpec<HTTPRouteMatch>>;
export type GRPCRoute = Resource<'GRPCRoute', RouteSpec<GRPCRouteMatch>>;
/**
 * Whole connections: rules have neither matches nor filters. The hostnames are compared with the server name
 * (SNI).
 */
export type TLSRoute = Resource<'TLSRoute', RouteSpec<never>>;
/** It has no hostnames. */
export type TCPRoute = Resource<'TCPRoute', RouteSpec<never>>;
/** Datagrams; without hostnames, too. */
export type UDPRoute = Resource<'UDPRoute', RouteSpec<never>>;
