/** How a listener of the plan treats its clients. */
import type {
  Cidr,
  ClientAltName,
  ClientSettings,
  ListenerHeaderEdits,
  StringMatch,
  TlsParameters,
} from '../model/resources.ts';
import type { From } from './pool-types.ts';

export type { Cidr, ClientAltName, ClientSettings, ListenerHeaderEdits, StringMatch, TlsParameters };

export interface ListenerClients {
  /** The ClientTrafficPolicy that holds. */
  readonly policy: From;
  readonly settings: ClientSettings;
  /** The Host of requests of HTTP/1.0 that bring none. */
  readonly http10Host?: string;
}

/** What clients have to prove in the handshake. */
export interface ClientProof {
  /** A client without a certificate is not served. */
  readonly required: boolean;
  /** Otherwise any certificate is accepted. */
  readonly verified: boolean;
  /** Whom certificates must lead to: a name in Plan.authorities. */
  readonly authority?: string;
  /** `ConfigMap default/ca`: where its certificates come from. */
  readonly sources: readonly string[];
  readonly altNames: readonly ClientAltName[];
  readonly spkiHashes: readonly string[];
  readonly certificateHashes: readonly string[];
  readonly allowExpired: boolean;
}

/** What is settled before it is known which listener of a port a connection is for. */
export interface SocketSettings {
  readonly proxyProtocol?: ClientSettings['proxyProtocol'];
  readonly tcpKeepalive?: ClientSettings['tcpKeepalive'];
  readonly bufferBytes?: number;
  readonly maxAccept?: number;
  readonly inspectionMs?: number;
}
