/** A peer of the server over a real socket, which says what no Envoy would, or says nothing. */
import { type ClientHttp2Session, connect } from 'node:http2';
import { createConnection } from 'node:net';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
} from '../../../host/proto/discovery_pb.js';
import { frame, Unframer } from '../../../host/xds/frames.ts';

export const METHOD = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';

/** @param path Of the socket. */
export function dial(path: string): ClientHttp2Session {
  const dialled = connect('http://xds', { createConnection: () => createConnection(path) });
  dialled.on('error', () => {});
  return dialled;
}

export function open(from: ClientHttp2Session, method = METHOD) {
  const stream = from.request({ ':method': 'POST', ':path': method, 'content-type': 'application/grpc' });
  const responses: DeltaDiscoveryResponse[] = [];
  const unframer = new Unframer(1 << 28);
  stream.on('data', (chunk: Buffer) => {
    for (const message of unframer.push(chunk))
      responses.push(fromBinary(DeltaDiscoveryResponseSchema, message));
  });
  const status = new Promise<string>((done) => {
    const take = (headers: Record<string, unknown>) => {
      if (headers['grpc-status'] !== undefined) done(`${headers['grpc-status']} ${headers['grpc-message']}`);
    };
    stream.on('response', take);
    stream.on('trailers', take);
    stream.on('error', ({ message }) => done(message));
  });
  return {
    stream,
    responses,
    status,
    ask: (message: DeltaDiscoveryRequest) =>
      stream.write(frame(toBinary(DeltaDiscoveryRequestSchema, message))),
  };
}
