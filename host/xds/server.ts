/**
 * The aggregated discovery service, incremental, on Node's HTTP/2: one snapshot for all Envoys that connect.
 * What a peer can make it hold is bounded: streams here, sizes in connection.ts, names in delta.ts.
 */
import { chmodSync, unlinkSync } from 'node:fs';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { XdsAddress } from './bootstrap.ts';
import { Connection, refuse } from './connection.ts';
import type { Snapshot } from './encode.ts';
import { RESOURCE_EXHAUSTED, UNAVAILABLE, UNIMPLEMENTED } from './frames.ts';
import { type Outcome, type Publication, publishInOrder, type Refusal } from './order.ts';
import type { EnvoyStatus } from './status.ts';

const METHOD = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';

export const MAX_OPEN_STREAMS = 256;
/** How long a step of a publication waits for Envoy's answer. */
const ANSWER_MS = 5_000;
/** How long the end waits for peers that do not read. */
const GOODBYE_MS = 500;

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms).unref());

export class AdsServer {
  readonly #server: Http2Server = createServer({ maxSessionMemory: 64 });
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #connections = new Set<Connection>();
  readonly #watchers = new Set<() => void>();
  readonly #answerMs: number;
  #snapshot: Snapshot;
  #refusals: Refusal[] = [];
  #publishing: Promise<unknown> = Promise.resolve();
  #address: XdsAddress | undefined;
  #ends = false;

  /** @param snapshot What is served from the beginning. */
  constructor(snapshot: Snapshot, options: { readonly answerMs?: number } = {}) {
    this.#snapshot = snapshot;
    this.#answerMs = options.answerMs ?? ANSWER_MS;
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('error', () => {});
      session.on('close', () => this.#sessions.delete(session));
    });
    this.#server.on('stream', (stream, headers) => this.#accept(stream, headers[':path'] ?? ''));
  }

  /**
   * A socket that only this user may open, or a TCP port (0: the kernel chooses). @returns where it listens.
   */
  listen(address: XdsAddress): Promise<XdsAddress> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const done = () => {
        this.#server.off('error', reject);
        if ('path' in address) chmodSync(address.path, 0o600);
        const bound = this.#server.address();
        this.#address =
          typeof bound === 'object' && bound !== null
            ? { address: bound.address, port: bound.port }
            : address;
        resolve(this.#address);
      };
      if ('path' in address) this.#server.listen(address.path, done);
      else this.#server.listen(address.port, address.address, done);
    });
  }

  /**
   * Brings all Envoys to the snapshot, in order. When one refuses, they are brought back to what they had,
   * and what it said is in the outcome. Publications are done one after another.
   * @param meanwhile What is served until the routes are new; see Publication.
   */
  publish(final: Snapshot, meanwhile: Snapshot = final): Promise<Outcome> {
    const result = this.#publishing.then(() => this.#publish({ meanwhile, final }));
    this.#publishing = result.catch(() => {});
    return result;
  }

  /** In the order in which they connected. */
  envoys(): readonly EnvoyStatus[] {
    return [...this.#connections].map(({ status }) => status);
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Tells every Envoy that it ends. Safe to call twice. */
  async close(): Promise<void> {
    this.#ends = true;
    await Promise.race([Promise.all([...this.#connections].map((one) => one.end())), pause(GOODBYE_MS)]);
    // Sessions first: the path of the socket is unlinked when all have ended, and may be a successor's by
    // then.
    for (const session of this.#sessions) session.destroy();
    await new Promise<void>((done) => this.#server.close(() => done()));
    if (this.#address !== undefined && 'path' in this.#address) removeSocket(this.#address.path);
  }

  async #publish(publication: Publication): Promise<Outcome> {
    const before = this.#snapshot;
    const outcome = await this.#bring(publication);
    if (outcome.refusals.length > 0) await this.#bring({ meanwhile: before, final: before });
    return outcome;
  }

  async #bring(publication: Publication): Promise<Outcome> {
    this.#refusals = [];
    const peers = [...this.#connections];
    const outcome = await publishInOrder(
      peers,
      publication,
      (snapshot) => {
        this.#snapshot = snapshot;
      },
      this.#refusals,
      (callback) => {
        this.#watchers.add(callback);
        return () => this.#watchers.delete(callback);
      },
      this.#answerMs,
    );
    if (outcome.refusals.length === 0) {
      for (const peer of peers) {
        if (!peer.closed && !outcome.silent.includes(peer.label)) peer.isInStep(publication.final);
      }
    }
    return outcome;
  }

  #accept(stream: ServerHttp2Stream, path: string): void {
    stream.on('error', () => {});
    if (path !== METHOD) {
      refuse(stream, UNIMPLEMENTED, `no such method: ${path.slice(0, 200)}`);
    } else if (this.#ends) {
      refuse(stream, UNAVAILABLE, 'the server ends');
    } else if (this.#connections.size >= MAX_OPEN_STREAMS) {
      refuse(stream, RESOURCE_EXHAUSTED, `${MAX_OPEN_STREAMS} streams are open`);
    } else {
      const connection = new Connection(stream, {
        snapshot: () => this.#snapshot,
        onAnswer: ({ kind, names, refused }) => {
          if (refused !== undefined)
            this.#refusals.push({ envoy: connection.label, kind, names, reason: refused });
        },
        onRequest: () => this.#tell(),
        onClose: () => {
          this.#connections.delete(connection);
          this.#tell();
        },
      });
      this.#connections.add(connection);
    }
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

function removeSocket(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Node has removed it already.
  }
}
