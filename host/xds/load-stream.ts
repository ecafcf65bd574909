/**
 * The load reports of one Envoy: gRPC on an HTTP/2 stream beside the one by which it gets its configuration,
 * on the same connection. So no peer can report for another, and reports go where the Envoy is served.
 */
import { type Http2Session, constants as http2, type ServerHttp2Stream } from 'node:http2';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { LoadStatsRequestSchema, LoadStatsResponseSchema } from '../proto/load_stats_pb.js';
import type { Connection } from './connection.ts';
import { ID_LENGTH } from './envoy-status.ts';
import { DEADLINE_EXCEEDED, frame, GrpcError, RESOURCE_EXHAUSTED, Unframer } from './frames.ts';
import { GrpcEnd, INVALID_ARGUMENT } from './grpc-end.ts';
import type { LoadReports, Reporter } from './loads.ts';

/** Of a report: that of 50,000 hosts has some 4 MiB. */
export const MAX_REPORT_BYTES = 8 * 1_048_576;
/** What is written to a peer that does not read. */
const MAX_UNREAD_BYTES = 8 * 1_048_576;
/** To the first message, and until its Envoy asks for its configuration on the same connection. */
const GREETING_MS = 10_000;
/** Reports that come in BURST_MS at most: Envoy sends one in two seconds, and one when it is asked. */
export const MAX_BURST = 20;
const BURST_MS = 10_000;

/** The Envoy whose reports these are, as it is served; the group is known when it has said who it is. */
type Served = Pick<Connection, 'status' | 'group' | 'reporter'>;

export class LoadStream implements Reporter {
  readonly session: Http2Session | undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #unframer = new Unframer(MAX_REPORT_BYTES);
  readonly #end: GrpcEnd;
  #greeting: NodeJS.Timeout;
  #served: Served | undefined;
  /** As it says itself, with its first message. */
  #id: string | undefined;
  #burst = { since: 0, count: 0 };

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
    this.session = stream.session;
    this.#end = new GrpcEnd(stream);
    this.#greeting = this.#expect();
    stream.on('data', (chunk: Buffer) => {
      this.#end.guarded(() => {
        for (const message of this.#unframer.push(chunk)) this.#receive(message);
      });
    });
    stream.on('close', () => {
      clearTimeout(this.#greeting);
      this.#loads?.remove(this);
    });
  }

  #expect(): NodeJS.Timeout {
    const late = new GrpcError(DEADLINE_EXCEEDED, 'nobody asks for a configuration beside it');
    return setTimeout(() => this.#end.fail(late), GREETING_MS);
  }

  /** The connection is that of this Envoy. */
  join(served: Served): void {
    if (served.group === undefined || this.#served !== undefined || this.#end.isOver) return;
    this.#served = served;
    this.#end.guarded(() => this.#known());
  }

  /**
   * Its Envoy is not served any more, or asks for its configuration anew. When the whole session is lost,
   * Node closes this stream too. It must not be closed by hand then: Node 20 may never return from that.
   */
  leave(served: Served): void {
    if (this.#served !== served) return;
    this.#loads?.remove(this);
    this.#served = undefined;
    clearTimeout(this.#greeting);
    if (!this.#end.isOver) this.#greeting = this.#expect();
  }

  ask(clusters: readonly string[], seconds: number): void {
    if (this.#end.isOver) return;
    if (this.#stream.writableLength > MAX_UNREAD_BYTES) {
      this.#stream.close(http2.NGHTTP2_ENHANCE_YOUR_CALM);
      return;
    }
    const response = create(LoadStatsResponseSchema, {
      clusters: [...clusters],
      loadReportingInterval: { seconds: BigInt(clusters.length === 0 ? QUIET_SECONDS : seconds) },
      reportEndpointGranularity: true,
    });
    this.#stream.write(frame(toBinary(LoadStatsResponseSchema, response)));
  }

  get #loads(): LoadReports | undefined {
    return this.#served?.group?.loads;
  }

  #receive(message: Uint8Array): void {
    const { node, clusterStats } = fromBinary(LoadStatsRequestSchema, message, { readUnknownFields: false });
    this.#limit();
    if (this.#id === undefined) {
      this.#id = (node?.id ?? '').slice(0, ID_LENGTH);
      this.#known();
    }
    // After a server has ended, Envoy goes on to report what that one asked for.
    if (clusterStats.length > 0 && this.#loads?.take(this, clusterStats, Date.now()) === false)
      this.ask([], QUIET_SECONDS);
  }

  #limit(): void {
    const now = Date.now();
    if (now - this.#burst.since > BURST_MS) this.#burst = { since: now, count: 0 };
    if (++this.#burst.count > MAX_BURST)
      throw new GrpcError(RESOURCE_EXHAUSTED, `more than ${MAX_BURST} reports in ${BURST_MS / 1000} s`);
  }

  /** When both are known: who it says it is, and whose connection it is. */
  #known(): void {
    if (this.#id === undefined || this.#served === undefined) return;
    if (this.#served.status.id !== this.#id) throw new GrpcError(INVALID_ARGUMENT, 'it is another Envoy');
    clearTimeout(this.#greeting);
    this.#served.reporter = this;
    this.#loads?.add(this);
  }
}

/** Between reports of nothing. */
const QUIET_SECONDS = 86_400;
