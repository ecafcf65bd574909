/** EnvoyProxy (Envoy Gateway v1alpha1): how the Envoys of a Gateway, or of those of a class, behave. */
import type { TlsParameters } from './backend-tls.ts';
import type { Resource } from './resource.ts';
import type { SecretRef } from './secret.ts';

export type EnvoyProxy = Resource<
  'EnvoyProxy',
  {
    /** How that of a Gateway goes with that of its class; absent: it takes its place. */
    readonly mergeType?: 'Replace' | 'StrategicMerge' | 'JSONMerge';
    /** Routes are tried in the order in which they are written, not by how much they ask for. */
    readonly preserveRouteOrder?: boolean;
    /** For backends that are called over TLS and say nothing of their own. */
    readonly backendTls?: TlsParameters & { readonly clientCertificateRef?: SecretRef };
  }
>;
