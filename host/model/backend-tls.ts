/**
 * How backends are called over TLS: BackendTLSPolicy (Gateway API), the field `tls` of a Backend (Envoy
 * Gateway), and ConfigMap (core v1), which holds certificates of authorities.
 */
import type { Resource } from './resource.ts';
import type { SecretRef } from './secret.ts';

/** Its texts; binaryData is left out. */
export type ConfigMap = Resource<'ConfigMap', { readonly data: ReadonlyMap<string, string> }>;

/** To certificates of authorities; those of backends are in the own namespace. */
export interface AuthorityRef {
  /** '' for core. */
  readonly group: string;
  readonly kind: string;
  /** Absent: that of whoever refers. */
  readonly namespace?: string;
  readonly name: string;
}
export type AltName = { readonly type: 'DNS' | 'URI'; readonly value: string };

export type BackendTLSPolicy = Resource<
  'BackendTLSPolicy',
  {
    readonly targetRefs: readonly {
      readonly group: string;
      readonly kind: string;
      readonly name: string;
      /** Of a Service the name of a port, of a Backend its number. */
      readonly sectionName?: string;
    }[];
    readonly validation: {
      /** Either these, or `system`. */
      readonly caCertificateRefs: readonly AuthorityRef[];
      readonly system: boolean;
      /** Sent as SNI, and what the certificate must be for unless there are subjectAltNames. */
      readonly hostname: string;
      readonly subjectAltNames: readonly AltName[];
    };
  }
>;

export const TLS_VERSIONS = ['1.0', '1.1', '1.2', '1.3'] as const;
/** `Auto`: Envoy's own default. */
export type TlsVersion = (typeof TLS_VERSIONS)[number] | 'Auto';

/** What is agreed on in a handshake, beside names and certificates. */
export interface TlsParameters {
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  readonly ciphers?: readonly string[];
  readonly ecdhCurves?: readonly string[];
  readonly signatureAlgorithms?: readonly string[];
  /** Absent: by the protocol of the pool. */
  readonly alpnProtocols?: readonly string[];
}
/** `spec.tls` of a Backend. */
export interface BackendTlsSettings extends TlsParameters {
  readonly caCertificateRefs: readonly AuthorityRef[];
  readonly system: boolean;
  readonly insecureSkipVerify: boolean;
  readonly sni?: string;
  /** SNI is the hostname of the endpoint. */
  readonly autoSNIFromEndpointHostname: boolean;
  /** What is shown to it. */
  readonly clientCertificateRef?: SecretRef;
}
