/** A peer of the server over a real socket, which says what no Envoy would, or says nothing. */
import { type ClientHttp2Session, connect } from 'node:http2';
import { createConnection } from 'node:net';
import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from '../../../host/proto/discovery_pb.js';
import {
  type LoadStatsRequest,
  LoadStatsRequestSchema,
  LoadStatsResponseSchema,
} from '../../../host/proto/load_stats_pb.js';
import { frame, Unframer } from '../../../host/xds/frames.ts';

export const METHOD = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';

/** @param path Of the socket. */
export function dial(path: string): ClientHttp2Session {
  const dialled = connect('http://xds', { createConnection: () => createConnection(path) });
  dialled.on('error', () => {});
  return dialled;
}

export const LOADS = '/envoy.service.load_stats.v3.LoadReportingService/StreamLoadStats';

export function open(from: ClientHttp2Session, method = METHOD) {
  const { stream, ...rest } = begin(from, method, DeltaDiscoveryResponseSchema);
  const ask = (message: DeltaDiscoveryRequest) =>
    stream.write(frame(toBinary(DeltaDiscoveryRequestSchema, message)));
  return { stream, ...rest, ask };
}

export function openLoads(from: ClientHttp2Session) {
  const { stream, ...rest } = begin(from, LOADS, LoadStatsResponseSchema);
  const tell = (message: LoadStatsRequest) => stream.write(frame(toBinary(LoadStatsRequestSchema, message)));
  return { stream, ...rest, tell };
}

function begin<Response extends DescMessage>(from: ClientHttp2Session, method: string, schema: Response) {
  const stream = from.request({ ':method': 'POST', ':path': method, 'content-type': 'application/grpc' });
  const responses: MessageShape<Response>[] = [];
  const unframer = new Unframer(1 << 28);
  stream.on('data', (chunk: Buffer) => {
    for (const message of unframer.push(chunk)) responses.push(fromBinary(schema, message));
  });
  const status = new Promise<string>((done) => {
    const take = (headers: Record<string, unknown>) => {
      if (headers['grpc-status'] !== undefined) done(`${headers['grpc-status']} ${headers['grpc-message']}`);
    };
    stream.on('response', take);
    stream.on('trailers', take);
    stream.on('error', ({ message }) => done(message));
  });
  return { stream, responses, status };
}
