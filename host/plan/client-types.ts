/** How a listener of the plan treats its clients. */
import type {
  Cidr,
  ClientSettings,
  ListenerHeaderEdits,
  StringMatch,
  TlsParameters,
} from '../model/resources.ts';
import type { From } from './pool-types.ts';

export type { Cidr, ClientSettings, ListenerHeaderEdits, StringMatch, TlsParameters };

export interface ListenerClients {
  /** The ClientTrafficPolicy that holds. */
  readonly policy: From;
  readonly settings: ClientSettings;
  /** The Host of requests of HTTP/1.0 that bring none. */
  readonly http10Host?: string;
}

/** What is settled before it is known which listener of a port a connection is for. */
export interface SocketSettings {
  readonly proxyProtocol?: ClientSettings['proxyProtocol'];
  readonly tcpKeepalive?: ClientSettings['tcpKeepalive'];
  readonly bufferBytes?: number;
  readonly maxAccept?: number;
  readonly inspectionMs?: number;
}
