/**
 * One Envoy at the server: gRPC on its HTTP/2 stream, joined with what it subscribes to and what is known of
 * it.
 */
import { type Http2Session, constants as http2, type ServerHttp2Stream } from 'node:http2';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { printable } from '../basics/text.ts';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from '../proto/discovery_pb.js';
import { DeltaStream } from './delta.ts';
import type { Snapshot } from './encode.ts';
import { answered, behind, connected, type EnvoyStatus, identified, inStep } from './envoy-status.ts';
import { DEADLINE_EXCEEDED, frame, GrpcError, Unframer } from './frames.ts';
import type { EnvoyGroup } from './group.ts';
import { GrpcEnd } from './grpc-end.ts';
import type { Reporter } from './loads.ts';
import type { Peer } from './order.ts';
import { KINDS, type Kind, kindOf } from './registry.ts';
import { shownCertificate } from './transport.ts';

/** Of a request: an Envoy of 100,000 pools that reconnects names each with its version, some 10 MiB. */
export const MAX_MESSAGE_BYTES = 16 * 1_048_576;
/** What is written to a peer that does not read. Its stream then ends, and it can ask again. */
const MAX_UNREAD_BYTES = 256 * 1_048_576;

/** From the opening of a stream to its first message, and from the first byte of a message to its last. */
const MESSAGE_MS = 10_000;

/**
 * Which group an Envoy belongs to, by what it says of itself with its first message.
 * @throws {GrpcError} for one that belongs nowhere
 */
export type FindGroup = (envoy: EnvoyStatus) => EnvoyGroup | Promise<EnvoyGroup>;

/** A message of a kind was written to an Envoy. */
export type OnSent = (kind: Kind, bytes: number) => void;

interface Hooks {
  readonly onSent?: OnSent;
  /** It belongs to a group from now on. */
  readonly onJoined?: () => void;
}

export class Connection implements Peer {
  status: EnvoyStatus = connected(new Date());
  readonly session: Http2Session | undefined;
  readonly certificate: string;
  /** By which it tells what it counts, on the same session. */
  reporter: Reporter | undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #find: FindGroup;
  readonly #unframer = new Unframer(MAX_MESSAGE_BYTES);
  readonly #delta: DeltaStream;
  #timer: NodeJS.Timeout;
  #group: EnvoyGroup | undefined;
  /** While the group is looked for. */
  #waiting: DeltaDiscoveryRequest[] = [];
  readonly #end: GrpcEnd;
  readonly #onJoined: () => void;

  constructor(
    stream: ServerHttp2Stream,
    find: FindGroup,
    { onSent = () => {}, onJoined = () => {} }: Hooks = {},
  ) {
    this.#stream = stream;
    this.session = stream.session;
    this.certificate = shownCertificate(stream.session);
    this.#onJoined = onJoined;
    this.#find = find;
    this.#delta = new DeltaStream((response) => {
      if (this.closed) return;
      if (stream.writableLength > MAX_UNREAD_BYTES) return stream.close(http2.NGHTTP2_ENHANCE_YOUR_CALM);
      const framed = frame(toBinary(DeltaDiscoveryResponseSchema, response));
      stream.write(framed);
      const kind = kindOf(response.typeUrl);
      if (kind !== undefined) onSent(kind, framed.length);
    });
    this.#end = new GrpcEnd(stream);
    this.#timer = this.#expect('nothing was asked for');
    stream.on('data', (chunk: Buffer) => this.#end.guarded(() => this.#read(chunk)));
    stream.on('close', () => {
      clearTimeout(this.#timer);
      this.#group?.remove(this);
    });
  }

  get closed(): boolean {
    return this.#end.isOver;
  }

  /** Where it belongs; undefined before it has said who it is. */
  get group(): EnvoyGroup | undefined {
    return this.#group;
  }

  get label(): string {
    return printable(this.status.id) || 'an Envoy that has not said its name';
  }

  push(kind: Kind, snapshot: Snapshot, removals: boolean): void {
    this.#end.guarded(() => this.#delta.push(kind, this.#suited(snapshot), removals));
  }

  isSettled(kinds: readonly Kind[], snapshot: Snapshot, whole: boolean): boolean {
    return this.#delta.isSettled(kinds, this.#suited(snapshot), whole);
  }

  /** It has all of the snapshot, and nothing else. */
  has(snapshot: Snapshot): boolean {
    return this.isSettled(KINDS, snapshot, true) && !this.#delta.hasLeftovers(snapshot);
  }

  /** The snapshot as an Envoy of its version gets it. */
  #suited(snapshot: Snapshot): Snapshot {
    return this.#group?.suit(snapshot, this.status.envoy).snapshot ?? snapshot;
  }

  /** What isInStep() has noted still holds. */
  isKnownInStep({ version }: Snapshot): boolean {
    const { acknowledged, refused, behindSince } = this.status;
    return acknowledged === version && refused === undefined && behindSince === undefined;
  }

  /** Something else is served from now on. */
  isBehind(): void {
    this.status = behind(this.status, new Date());
  }

  /** All of the snapshot was acknowledged. */
  isInStep({ version }: Snapshot): void {
    this.status = inStep(this.status, version);
  }

  /**
   * Says that the server ends, and resolves when the stream is over. Envoy then asks again, without a
   * warning.
   */
  end(): Promise<void> {
    return new Promise((done) => {
      if (this.#stream.destroyed) return done();
      this.#stream.once('close', done);
      this.#stream.end();
    });
  }

  #expect(or: string): NodeJS.Timeout {
    return setTimeout(() => this.#end.fail(new GrpcError(DEADLINE_EXCEEDED, or)), MESSAGE_MS);
  }

  #read(chunk: Buffer): void {
    const half = this.#unframer.held > 0;
    let whole = false;
    for (const message of this.#unframer.push(chunk)) {
      whole = true;
      const request = fromBinary(DeltaDiscoveryRequestSchema, message);
      if (this.#group !== undefined) this.#receive(request, this.#group);
      else if (this.#waiting.push(request) === 1) void this.#join(request);
    }
    if (whole || (this.#unframer.held > 0 && !half && this.#group !== undefined)) {
      clearTimeout(this.#timer);
      if (this.#unframer.held > 0) this.#timer = this.#expect('half a message was sent');
    }
  }

  /** Nothing more is read until the group is found. */
  async #join({ node }: DeltaDiscoveryRequest): Promise<void> {
    this.#stream.pause();
    try {
      this.status = identified(this.status, node);
      const group = await this.#find(this.status);
      if (this.closed) return;
      this.#group = group;
      group.add(this);
      this.#onJoined();
      for (const request of this.#waiting) this.#receive(request, group);
      this.#waiting = [];
      this.#stream.resume();
    } catch (error) {
      this.#end.fail(error);
    }
  }

  #receive(request: DeltaDiscoveryRequest, group: EnvoyGroup): void {
    const answer = this.#delta.receive(request, this.#suited(group.served));
    if (answer !== undefined) this.status = answered(this.status, answer, new Date());
    group.heard(this, answer);
  }
}
