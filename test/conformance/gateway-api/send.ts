/**
 * Sends what a test asks, in the protocol that it names, and reads which backend answered and what it got.
 */
import { randomBytes } from 'node:crypto';
import { type Agent, request } from 'node:http';
import { http1, type Response } from '../../../demo/fakes/http1.ts';
import { Http2Client } from '../../../demo/fakes/http2.ts';
import { askTls } from '../../support/tls-client.ts';
import { askUdp } from '../../support/udp-backend.ts';
import type { Certificates } from './base.ts';
import { BEHAVE, ID, REPORT, type Report } from './echo.ts';
import type { Ask } from './words.ts';

export interface Answer {
  /** Of HTTP; of gRPC, `grpc-status`. */
  readonly status: number;
  readonly backend: string | undefined;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly report: Report | undefined;
}

/** Where a listener is bound, and whom the client trusts. */
export interface Where {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly shown: Certificates['shown'];
}

export const HOST = 'www.example.com';

export async function send(ask: Ask, id: string, where: Where, agent?: Agent): Promise<Answer> {
  const headers: Record<string, string> = { [ID]: id, ...ask.headers };
  if (ask.echo !== undefined) headers[BEHAVE] = JSON.stringify(ask.echo);
  if (ask.protocol === 'udp') return await datagram(where);
  if (ask.protocol === 'websocket') return await webSocket(ask, headers, where);
  if (ask.tls !== undefined) return await overTls(ask, ask.tls, headers, where);
  if (ask.protocol !== undefined) return await overHttp2(ask, headers, where);
  const { host, port } = where;
  const lines = [['Host', ask.host ?? HOST], ...Object.entries(headers)] as [string, string][];
  const { path, method = 'GET' } = ask;
  return read(await http1({ host, port, method, path, headers: lines, ...(agent && { agent }) }));
}

/** The backend answers with its name. @throws when nobody does */
async function datagram({ host, port }: Where): Promise<Answer> {
  const [backend] = await askUdp(port, { to: host });
  if (backend === '') throw new Error('no answer');
  return { status: 200, backend, headers: {}, report: undefined };
}

function read(answer: Pick<Response, 'status' | 'headers' | 'body'>): Answer {
  const backend = answer.headers['x-backend']?.[0];
  const text = backend === undefined ? undefined : (answer.headers[REPORT]?.[0] ?? answer.body);
  return {
    status: answer.status,
    backend,
    headers: answer.headers,
    report: text?.startsWith('{') ? (JSON.parse(text) as Report) : undefined,
  };
}

async function overTls(
  { path, host = HOST, protocol, shown }: Ask,
  name: string,
  headers: Record<string, string>,
  { host: address, port, ca, shown: known }: Where,
): Promise<Answer> {
  const alpn = protocol === undefined ? ['http/1.1'] : ['h2'];
  const answer = await askTls({
    ...{ address, port, ca, name, host, path, alpn, headers },
    ...(shown === undefined ? {} : { shown: known[shown] }),
  });
  const listed = Object.entries(answer.headers).map(([key, value]) => [key, [value].flat().map(String)]);
  return read({ ...answer, headers: Object.fromEntries(listed) });
}

async function overHttp2(ask: Ask, headers: Record<string, string>, where: Where): Promise<Answer> {
  const client = await Http2Client.connect(where.port, where.host);
  try {
    const authority = ask.host ?? HOST;
    if (ask.protocol !== 'grpc')
      return read(await client.request({ path: ask.path, method: ask.method ?? 'GET', authority, headers }));
    const answer = await client.grpc(ask.path, { ':authority': authority, ...headers });
    const status = answer.trailers['grpc-status'] ?? answer.headers['grpc-status'];
    return { ...read(answer), status: Number(status?.[0]) };
  } finally {
    await client.stop();
  }
}

/** The handshake, and then bytes there and back. */
function webSocket({ path, host = HOST }: Ask, more: Record<string, string>, where: Where): Promise<Answer> {
  const bytes = randomBytes(64);
  const key = randomBytes(16).toString('base64');
  const headers = {
    ...more,
    host,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': key,
    'sec-websocket-version': '13',
  };
  return new Promise((done, fail) => {
    const sent = request({ host: where.host, port: where.port, path, headers });
    sent.setTimeout(10_000, () => sent.destroy(new Error('no bytes came back in 10 s')));
    sent.on('error', fail);
    sent.on('response', ({ statusCode = 0 }) => {
      sent.destroy();
      done({ status: statusCode, backend: undefined, headers: {}, report: undefined });
    });
    sent.on('upgrade', ({ statusCode = 0 }, socket) => {
      let back = Buffer.alloc(0);
      socket.on('error', fail);
      socket.on('data', (chunk: Buffer) => {
        back = Buffer.concat([back, chunk]);
        if (back.length < bytes.length) return;
        socket.destroy();
        const status = back.equals(bytes) ? statusCode : 0;
        done({ status, backend: undefined, headers: {}, report: undefined });
      });
      socket.write(bytes);
    });
    sent.end();
  });
}
