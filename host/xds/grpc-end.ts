/** How a gRPC stream of the server ends: with a status, and why. */
import { constants as http2, type ServerHttp2Stream } from 'node:http2';
import { GrpcError, UNAVAILABLE } from './frames.ts';

/** Bytes that are no request. */
export const INVALID_ARGUMENT = 3;

export class GrpcEnd {
  readonly #stream: ServerHttp2Stream;
  #end = { code: UNAVAILABLE, message: 'the server ends' };

  /** Begins the answer, which ends at the latest when the peer has said all. */
  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('end', () => stream.end());
    stream.on('wantTrailers', () => {
      stream.sendTrailers(trailers(this.#end.code, this.#end.message));
      // The peer's half may stay open for ever: RFC 9113, section 8.1, lets a server that has said all reset
      // it.
      setImmediate(() => stream.close(http2.NGHTTP2_NO_ERROR));
    });
  }

  get isOver(): boolean {
    return this.#stream.destroyed || this.#stream.closed || !this.#stream.writable;
  }

  /** What a peer sends ends at most its own stream. Nothing is done when that is over. */
  guarded(work: () => void): void {
    if (this.isOver) return;
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Safe to call when it is over. */
  fail(error: unknown): void {
    if (this.isOver) return;
    const code = error instanceof GrpcError ? error.code : INVALID_ARGUMENT;
    this.#end = { code, message: error instanceof Error ? error.message : String(error) };
    this.#stream.end();
  }
}

const trailers = (code: number, message: string) => ({
  'grpc-status': String(code),
  'grpc-message': statusMessage(message.slice(0, 1_000)),
});

/** Percent-encoded but for printable ASCII (PROTOCOL-HTTP2.md of gRPC, "Status-Message"). */
const statusMessage = (text: string): string =>
  text.replace(/[^\x20-\x24\x26-\x7e]/gu, (other) =>
    [...Buffer.from(other)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );

/** Answers with a status alone. */
export function refuse(stream: ServerHttp2Stream, code: number, message: string): void {
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', ...trailers(code, message) },
    { endStream: true },
  );
}
