/** GatewayClass and Gateway (Gateway API v1). */
import type { LabelSelector, Resource } from './resource.ts';

export type GatewayClass = Resource<'GatewayClass', { readonly controllerName: string }>;

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
    readonly namespaces?: {
      readonly from: 'All' | 'Same' | 'Selector' | 'None';
      readonly selector?: LabelSelector;
    };
    readonly kinds?: readonly { readonly group?: string; readonly kind: string }[];
  };
}
export type Gateway = Resource<
  'Gateway',
  {
    readonly gatewayClassName: string;
    readonly listeners: readonly ListenerSpec[];
    /** IP addresses to listen on, each written one way; none: all of the machine. */
    readonly addresses?: readonly string[];
    /** Kind and group of what `infrastructure.parametersRef` names, where no Envoy Gateway knows it. */
    readonly unknownParameters?: string;
  }
>;
