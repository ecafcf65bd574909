/** GatewayClass, Gateway and ListenerSet (Gateway API v1). */
import type { AuthorityRef } from './backend-tls.ts';
import type { LabelSelector, Resource } from './resource.ts';
import type { SecretRef } from './secret.ts';

export type GatewayClass = Resource<
  'GatewayClass',
  {
    readonly controllerName: string;
    /** The EnvoyProxy that `parametersRef` names. */
    readonly envoyProxy?: { readonly namespace: string; readonly name: string };
    /** What `parametersRef` of a class of Envoy Gateway names instead. */
    readonly unknownParameters?: string;
  }
>;

/** Which namespaces may attach. */
export interface FromNamespaces {
  readonly from: 'All' | 'Same' | 'Selector' | 'None';
  readonly selector?: LabelSelector;
}

export interface ListenerSpec {
  readonly name: string;
  readonly port: number;
  /** Those that are served: `HTTP`, `HTTPS`, `TLS`, `TCP`. */
  readonly protocol: string;
  readonly hostname?: string;
  readonly tls?: {
    readonly mode: 'Terminate' | 'Passthrough';
    readonly certificateRefs: readonly {
      readonly group: string;
      readonly kind: string;
      readonly namespace?: string;
      readonly name: string;
    }[];
  };
  readonly allowedRoutes?: {
    readonly namespaces?: FromNamespaces;
    readonly kinds?: readonly { readonly group?: string; readonly kind: string }[];
  };
}
/** `spec.tls.frontend` of a Gateway. */
export interface FrontendValidation {
  readonly caCertificateRefs: readonly AuthorityRef[];
  readonly mode: 'AllowValidOnly' | 'AllowInsecureFallback';
}
export type Gateway = Resource<
  'Gateway',
  {
    readonly gatewayClassName: string;
    readonly listeners: readonly ListenerSpec[];
    /** Namespaces whose ListenerSets it lets in. Absent: none. */
    readonly allowedListeners?: FromNamespaces;
    /** What clients of HTTPS listeners have to prove. */
    readonly frontend?: {
      readonly default?: FrontendValidation;
      /** Instead of the default: by the port as it is written; without a validation nobody is asked. */
      readonly perPort: readonly { readonly port: number; readonly validation?: FrontendValidation }[];
    };
    /** `spec.tls.backend`: what is shown to backends over TLS. */
    readonly backend?: { readonly clientCertificateRef?: SecretRef };
    /** IP addresses to listen on, each written one way; none: all of the machine. */
    readonly addresses?: readonly string[];
    /** Kind and group of what `infrastructure.parametersRef` names, where no Envoy Gateway knows it. */
    readonly unknownParameters?: string;
    /** The EnvoyProxy that it names, of its namespace. */
    readonly envoyProxy?: string;
    /** The type of one of its addresses, where no Envoy Gateway knows it. */
    readonly unknownAddress?: string;
  }
>;
/** More listeners for a Gateway, from whoever that lets in. */
export type ListenerSet = Resource<
  'ListenerSet',
  {
    /** The Gateway; without a namespace that of the set. */
    readonly parentRef: { readonly namespace?: string; readonly name: string };
    readonly listeners: readonly ListenerSpec[];
  }
>;
/** In whose `spec.listeners` a listener stands. */
export type ListenerOwner = Gateway | ListenerSet;

/** Whether Envoy Gateway knows the type of an address of a Gateway; without one it is an IP address. */
export const isAddressType = (type: unknown): boolean =>
  type === undefined || type === 'IPAddress' || type === 'Hostname';
