/**
 * ClientTrafficPolicy (Envoy Gateway v1alpha1): how clients are listened to. Durations are milliseconds. What
 * a listener takes over as it is (ClientSettings) is part of the plan too.
 */
import type { AuthorityRef, TlsParameters } from './backend-tls.ts';
import type { PolicyTargets } from './policy.ts';
import type { Http2, TcpKeepalive } from './policy-traffic.ts';
import type { Resource } from './resource.ts';

/** One way to compare a text with another. */
export interface StringMatch {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'regex';
  readonly value: string;
}
interface HeaderValue {
  readonly name: string;
  readonly value: string;
}
/** Edits of one header map, in the order in which they are made; each name is added or set once. */
export interface ListenerHeaderEdits {
  readonly add: readonly HeaderValue[];
  readonly set: readonly HeaderValue[];
  readonly addIfAbsent: readonly HeaderValue[];
  readonly remove: readonly string[];
  /** Of names, in lower case (patterns as they are). */
  readonly removeOnMatch: readonly StringMatch[];
}

/** Whose address the client's is. Absent: that of the connection. */
export type ClientIpDetection =
  | {
      readonly kind: 'forwarded-for';
      /** Counted from the right; at least 1. */
      readonly trusted: { readonly hops: number } | { readonly cidrs: readonly Cidr[] };
      /** The header stays as it came. */
      readonly noAppend: boolean;
    }
  | { readonly kind: 'header'; readonly name: string; readonly failClosed: boolean };
export interface Cidr {
  readonly address: string;
  readonly bits: number;
}

export const CLIENT_CERTIFICATE_DETAILS = ['Subject', 'Cert', 'Chain', 'DNS', 'URI'] as const;
export type ClientCertificateDetail = (typeof CLIENT_CERTIFICATE_DETAILS)[number];
export const FORWARD_MODES = [
  'Sanitize',
  'ForwardOnly',
  'AppendForward',
  'SanitizeSet',
  'AlwaysForwardOnly',
] as const;
export const REQUEST_ID_ACTIONS = ['PreserveOrGenerate', 'Preserve', 'Generate', 'Disable'] as const;
export const SLASH_ACTIONS = [
  'KeepUnchanged',
  'RejectRequest',
  'UnescapeAndRedirect',
  'UnescapeAndForward',
] as const;
export const UNDERSCORE_ACTIONS = ['Allow', 'RejectRequest', 'DropHeader'] as const;

export interface ClientHeaders {
  readonly envoyHeaders: boolean;
  readonly underscores: (typeof UNDERSCORE_ACTIONS)[number];
  readonly requestId?: (typeof REQUEST_ID_ACTIONS)[number];
  /** What becomes of x-forwarded-client-cert. */
  readonly clientCertificate?: {
    readonly mode: (typeof FORWARD_MODES)[number];
    readonly details: readonly ClientCertificateDetail[];
  };
  readonly early?: ListenerHeaderEdits;
  readonly late?: ListenerHeaderEdits;
  readonly stripTrailingHostDot: boolean;
  /** KiB. */
  readonly maxRequestKb?: number;
  /** Rate limits send no `x-ratelimit-*`, but for rules that say it themselves. */
  readonly silentLimits?: true;
}

export interface ClientSettings {
  readonly tcpKeepalive?: TcpKeepalive;
  /** Connections begin with a header of the PROXY protocol; optional: or without one. */
  readonly proxyProtocol?: { readonly optional: boolean };
  readonly clientIp?: ClientIpDetection;
  readonly path?: {
    readonly escapedSlashes?: (typeof SLASH_ACTIONS)[number];
    readonly mergeSlashes?: boolean;
  };
  readonly headers?: ClientHeaders;
  readonly timeout?: {
    readonly tcpIdleMs?: number;
    readonly tlsHandshakeMs?: number;
    readonly inspectionMs?: number;
    readonly requestMs?: number;
    readonly requestHeadersMs?: number;
    readonly idleMs?: number;
    readonly streamIdleMs?: number;
  };
  readonly connection?: {
    readonly limit?: { readonly value: number; readonly closeDelayMs?: number };
    readonly maxDurationMs?: number;
    readonly maxRequests?: number;
    readonly maxStreamMs?: number;
    readonly bufferBytes?: number;
    /** 0: without a bound. */
    readonly maxAccept?: number;
  };
  readonly http1?: {
    readonly trailers: boolean;
    readonly preserveCase: boolean;
    readonly http10?: { readonly useDefaultHost: boolean };
    /** A connection that is too old ends at once, and not with its next answer. */
    readonly unsafeMaxDuration: boolean;
    readonly ignoredUpgrades: readonly StringMatch[];
  };
  readonly http2?: Http2;
  readonly grpcWeb?: boolean;
  /** Envoy itself answers requests for it. */
  readonly healthCheckPath?: string;
  /** `:scheme` is that of the connection to the backend. */
  readonly matchBackendScheme?: true;
  readonly tls?: ClientTls;
}

/** `spec.tls`; without ALPN protocols, as an empty list, none is agreed on. */
export interface ClientTls extends TlsParameters {
  readonly stateless: boolean;
  readonly stateful: boolean;
  readonly validation?: ClientValidation;
}

export const VALIDATION_MODES = ['Request', 'RequireAny', 'VerifyIfGiven', 'RequireAndVerify'] as const;

/** What clients have to prove: the certificates that they show. */
export interface ClientValidation {
  readonly mode: (typeof VALIDATION_MODES)[number];
  readonly caCertificateRefs: readonly AuthorityRef[];
  readonly crl?: { readonly refs: readonly AuthorityRef[]; readonly onlyLeaf: boolean };
  /** Of one of these, if there are any. */
  readonly altNames: readonly ClientAltName[];
  /** SHA-256 of the key in base64, or of the certificate in hexadecimal: one of these, if there are any. */
  readonly spkiHashes: readonly string[];
  readonly certificateHashes: readonly string[];
  readonly allowExpired: boolean;
}
export interface ClientAltName {
  readonly type: 'DNS' | 'EMAIL' | 'IP_ADDRESS' | 'URI' | 'OTHER_NAME';
  /** Of an OTHER_NAME. */
  readonly oid?: string;
  readonly match: StringMatch;
}

export type ClientTrafficPolicy = Resource<
  'ClientTrafficPolicy',
  PolicyTargets & {
    readonly settings: ClientSettings;
    readonly deprecated: readonly DeprecatedField[];
  }
> & {
  /** As in BackendTrafficPolicy: what cannot be done as it is asked, as its status says. */
  readonly invalid: readonly string[];
};
/** A field of an older version, and what has taken its place. */
export interface DeprecatedField {
  readonly field: string;
  readonly instead: string;
}
