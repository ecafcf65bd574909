/**
 * Where traffic goes: Service and EndpointSlice (core/v1, discovery/v1), Backend (Envoy Gateway v1alpha1),
 * and who may refer to them.
 */
import type { BackendTlsSettings } from './backend-tls.ts';
import type { Resource } from './resource.ts';

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
  readonly targetPort?: number | string;
}
export type Service = Resource<
  'Service',
  {
    readonly clusterIP?: string;
    readonly ports: readonly ServicePort[];
    readonly trafficDistribution?: string;
    /** Of type ExternalName: a name elsewhere, without endpoints. */
    readonly external?: true;
  }
>;

export interface Endpoint {
  readonly addresses: readonly string[];
  readonly zone?: string;
  readonly conditions: {
    readonly ready?: boolean;
    readonly serving?: boolean;
    readonly terminating?: boolean;
  };
}
/**
 * An EndpointSlice has no spec in the API. Here its top-level fields are under `spec`; their positions are
 * looked up without it.
 */
export type EndpointSlice = Resource<
  'EndpointSlice',
  {
    /** From the label kubernetes.io/service-name. */
    readonly serviceName?: string;
    readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
    readonly ports: readonly {
      readonly name: string;
      readonly port?: number;
      readonly protocol: string;
      readonly appProtocol?: string;
    }[];
    readonly endpoints: readonly Endpoint[];
  }
>;

/** `endpointHostname`: the endpoint's field `hostname`, not that of fqdn. */
export type BackendEndpoint = { readonly zone?: string; readonly endpointHostname?: string } & (
  | { readonly kind: 'ip'; readonly address: string; readonly port: number }
  | { readonly kind: 'fqdn'; readonly hostname: string; readonly port: number }
);
export type Backend = Resource<
  'Backend',
  {
    readonly endpoints: readonly BackendEndpoint[];
    readonly appProtocols: readonly string[];
    readonly fallback: boolean;
    readonly tls?: BackendTlsSettings;
    /**
     * It has Unix sockets, which are not in endpoints: Envoy Gateway refuses a reference to such a Backend.
     */
    readonly unixSockets?: true;
  }
>;

export type ReferenceGrant = Resource<
  'ReferenceGrant',
  {
    readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[];
    readonly to: readonly { readonly group: string; readonly kind: string; readonly name?: string }[];
  }
>;
