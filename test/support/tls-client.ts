/** Requests over TLS to this machine, each on its own connection, with the certificate verified. */
import { connect as connectHttp2 } from 'node:http2';
import { Agent, request } from 'node:https';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';

export interface TlsRequest {
  /** Absent: 127.0.0.1. */
  readonly address?: string;
  readonly port: number;
  /** PEM of whom the client trusts. */
  readonly ca: string;
  /** SNI, and what the certificate must be for; '': none is sent. */
  readonly name: string;
  /** Host header; absent: the name. */
  readonly host?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Offered by ALPN; absent: no ALPN, and HTTP/1.1 is spoken. */
  readonly alpn?: readonly string[];
  readonly version?: SecureVersion;
  /** What the client shows. */
  readonly shown?: { readonly certificate: string; readonly key: string };
}
export interface TlsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly alpn: string | false;
  readonly version: string;
  /** As OpenSSL names the cipher suite. */
  readonly cipher: string;
  /** Serial number of the certificate that was served. */
  readonly serial: string;
}

/** @throws what the client refuses, or that the connection ended. */
export async function askTls(asked: TlsRequest): Promise<TlsAnswer> {
  const socket = await open(asked);
  const known = {
    alpn: socket.alpnProtocol ?? false,
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher().name,
    serial: socket.getPeerCertificate().serialNumber,
  };
  try {
    const { path = '/', host = asked.name, headers = {} } = asked;
    return { ...known, ...(await (known.alpn === 'h2' ? http2 : http1)(socket, host, path, headers)) };
  } finally {
    socket.destroy();
  }
}

function open({
  address = '127.0.0.1',
  port,
  ca,
  name,
  alpn,
  version,
  shown,
}: TlsRequest): Promise<TLSSocket> {
  return new Promise((done, fail) => {
    const socket = connect({
      host: address,
      port,
      ca,
      servername: name,
      ...(shown === undefined ? {} : { cert: shown.certificate, key: shown.key }),
      ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
      // An old version needs old ciphers at the client.
      ...(version === undefined
        ? {}
        : { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }),
    });
    socket.on('secureConnect', () => done(socket));
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('closed')));
  });
}

type Sent = Pick<TlsAnswer, 'status' | 'headers' | 'body'>;

function http1(socket: TLSSocket, host: string, path: string, headers: object): Promise<Sent> {
  return new Promise((done, fail) => {
    const sent = request(
      { createConnection: () => socket, path, headers: { ...headers, host } },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        answer.on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
      },
    );
    sent.on('error', fail).end();
  });
}

function http2(socket: TLSSocket, host: string, path: string, headers: object): Promise<Sent> {
  return new Promise((done, fail) => {
    const session = connectHttp2(`https://${host}`, { createConnection: () => socket });
    session.on('error', fail);
    const stream = session.request({ ':path': path, ':authority': host, ...headers });
    let got: Record<string, unknown> = {};
    let body = '';
    stream.on('response', (answer) => {
      got = answer;
    });
    stream.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    stream.on('error', fail).on('end', () => {
      session.close();
      done({ status: Number(got[':status']), headers: got, body });
    });
  });
}

/** Requests one after the other in four lines, two of them on kept connections, until it is stopped. */
export class TlsLoad {
  sent = 0;
  readonly failed: string[] = [];
  readonly serials = new Set<string>();
  #over = false;
  readonly #lines: Promise<void>[];
  readonly #kept: Agent;

  constructor(asked: Pick<TlsRequest, 'port' | 'ca' | 'name' | 'path'>) {
    this.#kept = new Agent({ keepAlive: true, maxSockets: 2 });
    this.#lines = [0, 1, 2, 3].map((line) => this.#line(asked, line < 2));
  }

  async #line(asked: Pick<TlsRequest, 'port' | 'ca' | 'name' | 'path'>, kept: boolean): Promise<void> {
    while (!this.#over) {
      try {
        const { status, serial } = await (kept ? this.#keptAsk(asked) : askTls(asked));
        if (status !== 200) this.failed.push(`status ${status}`);
        if (serial !== undefined) this.serials.add(serial);
      } catch (error) {
        this.failed.push((error as Error).message);
      }
      this.sent++;
      await new Promise((done) => setTimeout(done, 5));
    }
  }

  #keptAsk({ port, ca, name, path = '/' }: Pick<TlsRequest, 'port' | 'ca' | 'name' | 'path'>) {
    return new Promise<{ status: number; serial?: undefined }>((done, fail) => {
      const headers = { host: name };
      const options = { host: '127.0.0.1', port, ca, servername: name, path, headers, agent: this.#kept };
      request(options, (answer) => {
        answer.resume().on('end', () => done({ status: answer.statusCode ?? 0 }));
      })
        .on('error', fail)
        .end();
    });
  }

  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#lines);
    this.#kept.destroy();
  }
}
