/**
 * gRPC's framing of messages on an HTTP/2 stream: one byte of flags, four of length, the message (PROTOCOL-
 * HTTP2.md of gRPC).
 */

const HEAD = 5;

export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(HEAD + message.length);
  framed.writeUInt8(0, 0);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, HEAD);
  return framed;
}

/** What a peer sent that ends its stream; `code` is gRPC's status (doc/statuscodes.md of gRPC). */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
/** The server ends, or Envoy has said all. */
export const UNAVAILABLE = 14;
export const UNIMPLEMENTED = 12;
export const RESOURCE_EXHAUSTED = 8;
export const NOT_FOUND = 5;
export const DEADLINE_EXCEEDED = 4;

/** Bytes as they come → whole messages. Holds at most one message and the bytes that came with its end. */
export class Unframer {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #size = 0;

  /** @param maxBytes Of one message. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Of a message that is not whole yet. */
  get held(): number {
    return this.#size;
  }

  /** @throws {GrpcError} for a compressed message and one that is too long; the stream is then of no use. */
  *push(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    let need = this.#need();
    while (need !== undefined && this.#size >= need) {
      const all = this.#take();
      yield all.subarray(HEAD, need);
      const rest = all.subarray(need);
      this.#chunks = rest.length === 0 ? [] : [rest];
      this.#size = rest.length;
      need = this.#need();
    }
  }

  /** Length of the frame that has begun; undefined while its head is not whole. */
  #need(): number | undefined {
    if (this.#size < HEAD) return undefined;
    if ((this.#chunks[0] as Buffer).length < HEAD) this.#take();
    const head = this.#chunks[0] as Buffer;
    if (head.readUInt8(0) !== 0) throw new GrpcError(UNIMPLEMENTED, 'compressed messages are not read');
    const length = head.readUInt32BE(1);
    if (length > this.#maxBytes)
      throw new GrpcError(
        RESOURCE_EXHAUSTED,
        `a message of ${length} bytes; at most ${this.#maxBytes} are read`,
      );
    return HEAD + length;
  }

  #take(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks, this.#size)];
    return this.#chunks[0] as Buffer;
  }
}
