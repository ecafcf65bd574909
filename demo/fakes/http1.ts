/**
 * An HTTP/1.1 client with raw control: names in any case, repeated fields, a chosen source address, trailers.
 */
import { Agent, type ClientRequestArgs, request as plainly } from 'node:http';
import { request as overTls, Agent as TlsAgent } from 'node:https';

export interface Response {
  readonly status: number;
  /** Lower-case name → all values in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly trailers: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
}

export interface Request {
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly method?: string;
  /** Default `/`; sent as it is. */
  readonly path?: string;
  /** Sent as they are, in order; `host: www.example.com` is added when there is no Host. */
  readonly headers?: readonly (readonly [string, string])[];
  /** Sent with its length. */
  readonly body?: string;
  /** Sent after a chunked body. */
  readonly trailers?: readonly (readonly [string, string])[];
  readonly agent?: Agent;
  /** PEM: over TLS to www.example.com, whose certificate this authority has signed. */
  readonly ca?: string;
  /** Source address, in 127.0.0.0/8. */
  readonly localAddress?: string;
  /** Called when the headers of the answer are there. */
  readonly answered?: () => void;
  /** Gives the request up: it then rejects. Without one, silence of 30 s does. */
  readonly signal?: AbortSignal;
}

/** Lower-case name → values, from Node's flat list. */
export function fields(raw: readonly string[]): Record<string, string[]> {
  const out: Record<string, string[]> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    out[name] ??= [];
    out[name].push(raw[i + 1]!);
  }
  return out;
}

/** Connections that live as long as the test; `sockets` bounds how many at once. */
export const connections = (sockets: number, ca?: string): Agent =>
  new (ca === undefined ? Agent : TlsAgent)({
    ...{ keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets, scheduling: 'fifo' },
    ...(ca === undefined ? {} : { ca, servername: SERVER_NAME }),
  });
const SERVER_NAME = 'www.example.com';

/** One request. Throws on a broken connection, never on a status. */
export function http1(options: Request): Promise<Response> {
  const given = options.headers ?? [];
  const hasHost = given.some(([name]) => name.toLowerCase() === 'host');
  const headers = [...(hasHost ? [] : [['Host', SERVER_NAME]]), ...given].flat() as string[];
  if (options.trailers !== undefined) headers.push('Transfer-Encoding', 'chunked', 'TE', 'trailers');
  return new Promise((done, fail) => {
    const request = (options.ca === undefined ? plainly : overTls)(
      {
        host: options.host ?? '127.0.0.1',
        port: options.port,
        method: options.method ?? 'GET',
        path: options.path ?? '/',
        agent: options.agent ?? false,
        headers,
        ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
        ...(options.ca === undefined ? {} : { ca: options.ca, servername: SERVER_NAME }),
        signal: options.signal,
      } as unknown as ClientRequestArgs,
      (response) => {
        options.answered?.();
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () =>
          done({
            status: response.statusCode!,
            headers: fields(response.rawHeaders),
            trailers: fields(response.rawTrailers),
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    request.setTimeout(30_000, () => request.destroy(new Error(`no answer in 30 s to ${options.path}`)));
    request.on('error', fail);
    if (options.trailers !== undefined) {
      request.addTrailers(options.trailers as unknown as [string, string][]);
      request.write('x');
    }
    request.end(options.body);
  });
}

/** Which backend answered (see backend.ts); throws when none did. */
export function backendOf(response: Response): string {
  const name = response.headers['x-backend']?.[0];
  if (name === undefined)
    throw new Error(`no backend answered: status ${response.status}, body ${response.body}`);
  return name;
}
