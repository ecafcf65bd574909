/**
 * A small client of the discovery server in the place of an Envoy: it subscribes to what an Envoy would,
 * acknowledges everything, and counts the bytes of each kind. One process can be many of them.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { createConnection } from 'node:net';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { NodeSchema } from '../../host/proto/core_pb.js';
import { DeltaDiscoveryRequestSchema, DeltaDiscoveryResponseSchema } from '../../host/proto/discovery_pb.js';
import { frame, Unframer } from '../../host/xds/frames.ts';
import { KINDS, type Kind, kindOf, TYPE_URLS } from '../../host/xds/registry.ts';

const METHOD = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';
const MAX_MESSAGE = 1 << 30;

/** Names of each kind that are asked for; clusters and listeners are asked for without. */
export type Names = Readonly<Record<Kind, readonly string[]>>;

export class SmallClient {
  /** Since the last reset. */
  readonly bytes = new Map<Kind, number>();
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;

  /** @param version As it says of itself: `1.40.0`. */
  constructor(id: string, cluster: string, path: string, names: Names, zone = '', version = '') {
    this.#session = connect('http://xds', { createConnection: () => createConnection(path) });
    this.#session.on('error', () => {});
    const head = { ':method': 'POST', ':path': METHOD, 'content-type': 'application/grpc', te: 'trailers' };
    this.#stream = this.#session.request(head);
    this.#stream.on('error', () => {});
    const unframer = new Unframer(MAX_MESSAGE);
    this.#stream.on('data', (chunk: Buffer) => {
      for (const message of unframer.push(chunk)) this.#answer(message);
    });
    for (const kind of KINDS) {
      const named = kind === 'cds' || kind === 'lds' ? [] : names[kind];
      if (named.length === 0 && names[kind].length === 0) continue;
      const node = kind === 'cds' ? nodeOf(id, cluster, zone, version) : undefined;
      this.#send({ typeUrl: TYPE_URLS[kind], resourceNamesSubscribe: [...named], node });
    }
  }

  reset(): void {
    this.bytes.clear();
  }

  close(): void {
    this.#session.destroy();
  }

  #answer(message: Buffer): void {
    const { typeUrl, nonce } = fromBinary(DeltaDiscoveryResponseSchema, message);
    const kind = kindOf(typeUrl);
    if (kind === undefined) return;
    this.bytes.set(kind, (this.bytes.get(kind) ?? 0) + message.length);
    this.#send({ typeUrl, responseNonce: nonce });
  }

  #send(request: Parameters<typeof create<typeof DeltaDiscoveryRequestSchema>>[1]): void {
    const made = create(DeltaDiscoveryRequestSchema, request);
    this.#stream.write(frame(toBinary(DeltaDiscoveryRequestSchema, made)));
  }
}

function nodeOf(id: string, cluster: string, zone: string, version: string) {
  const [majorNumber, minorNumber, patch] = version.split('.').map(Number);
  const value = { version: { majorNumber, minorNumber, patch } };
  const agent =
    version === '' ? {} : { userAgentVersionType: { case: 'userAgentBuildVersion', value } as const };
  return create(NodeSchema, { id, cluster, locality: { zone }, ...agent });
}
