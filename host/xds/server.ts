/**
 * The aggregated discovery service, incremental, on Node's HTTP/2. Each Envoy that connects joins a group
 * (group.ts), which has what it is served. What a peer can make it hold is bounded: connections and streams
 * here, sizes in connection.ts, names in delta.ts.
 */
import { chmodSync, unlinkSync } from 'node:fs';
import type { ServerHttp2Stream } from 'node:http2';
import { Connection, type FindGroup, type OnSent } from './connection.ts';
import { RESOURCE_EXHAUSTED, UNAVAILABLE, UNIMPLEMENTED } from './frames.ts';
import { refuse } from './grpc-end.ts';
import { LoadStream } from './load-stream.ts';
import type { XdsAddress } from './start-bootstrap.ts';
import { type Certificates, type Page, Transport } from './transport.ts';

const METHOD = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';

const LOADS = '/envoy.service.load_stats.v3.LoadReportingService/StreamLoadStats';

/** Of configurations, and as many of load reports. */
export const MAX_OPEN_STREAMS = 2_048;
/** How long the end waits for peers that do not read. */
const GOODBYE_MS = 500;

interface ServerOptions {
  /** With them it speaks TLS, and asks for the client's certificate. */
  readonly certificates?: Certificates;
  /** What it answers beside: to GET, by path. */
  readonly page?: Page;
  readonly onSent?: OnSent;
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms).unref());

export class AdsServer {
  readonly #transport: Transport;
  readonly #connections = new Set<Connection>();
  readonly #loads = new Set<LoadStream>();
  readonly #find: FindGroup;
  readonly #onSent: OnSent | undefined;
  #address: XdsAddress | undefined;
  #ends = false;

  /** @param find The group of an Envoy. */
  constructor(find: FindGroup, { certificates, page, onSent }: ServerOptions = {}) {
    this.#find = find;
    this.#onSent = onSent;
    this.#transport = new Transport((stream, path) => this.#accept(stream, path), page, certificates);
  }

  /**
   * A socket that only this user may open, or a TCP port (0: the kernel chooses). @returns where it listens.
   */
  async listen(address: XdsAddress): Promise<XdsAddress> {
    const bound = await this.#transport.listen(address);
    if ('path' in address) chmodSync(address.path, 0o600);
    this.#address = bound;
    return bound;
  }

  /** Streams that are open, of Envoys and of peers that have not said yet who they are. */
  get streams(): number {
    return this.#connections.size;
  }

  /** Tells every Envoy that it ends. Safe to call twice. */
  async close(): Promise<void> {
    this.#ends = true;
    await Promise.race([Promise.all([...this.#connections].map((one) => one.end())), pause(GOODBYE_MS)]);
    await this.#transport.close();
    if (this.#address !== undefined && 'path' in this.#address) removeSocket(this.#address.path);
  }

  #accept(stream: ServerHttp2Stream, path: string): void {
    const open = path === METHOD ? this.#connections : path === LOADS ? this.#loads : undefined;
    if (open === undefined) refuse(stream, UNIMPLEMENTED, `no such method: ${path.slice(0, 200)}`);
    else if (this.#ends) refuse(stream, UNAVAILABLE, 'the server ends');
    else if (open.size >= MAX_OPEN_STREAMS)
      refuse(stream, RESOURCE_EXHAUSTED, `${MAX_OPEN_STREAMS} streams are open`);
    else if (path === METHOD) this.#serve(stream);
    else this.#takeLoads(stream);
  }

  #serve(stream: ServerHttp2Stream): void {
    const connection: Connection = new Connection(stream, this.#find, {
      onSent: this.#onSent,
      onJoined: () => {
        for (const loads of this.#loads) if (loads.session === connection.session) loads.join(connection);
      },
    });
    this.#connections.add(connection);
    stream.on('close', () => {
      this.#connections.delete(connection);
      for (const loads of this.#loads) loads.leave(connection);
    });
  }

  #takeLoads(stream: ServerHttp2Stream): void {
    const loads = new LoadStream(stream);
    this.#loads.add(loads);
    stream.on('close', () => this.#loads.delete(loads));
    for (const connection of this.#connections)
      if (connection.session === loads.session) loads.join(connection);
  }
}

function removeSocket(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Node has removed it already.
  }
}
