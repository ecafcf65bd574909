/** Backends of plain connections: each says its name first, then sends back what it gets. */
import { connect, createServer, type Socket } from 'node:net';
import { type Listening, listen, onOnePort } from '../../demo/fakes/listen.ts';

export interface TcpBackend extends Listening {
  readonly name: string;
  /** Connections that arrived. */
  readonly seen: { connections: number };
}

async function startTcpBackend(address: string, port: number): Promise<TcpBackend> {
  const seen = { connections: 0 };
  const server = createServer((socket) => {
    seen.connections++;
    socket.write(`${address}\n`);
    socket.pipe(socket);
  });
  const at = await listen(server, address, port);
  return { ...at, name: `${address}:${at.port}`, seen };
}

/** On one port, which all addresses have free. */
export const startTcpBackends = (addresses: readonly string[]): Promise<TcpBackend[]> =>
  onOnePort(addresses, 0, startTcpBackend);

/** A client that stays connected. */
export class TcpClient {
  readonly socket: Socket;
  got = '';
  closed = false;

  /** @param from Address of the client. */
  constructor(port: number, from?: string) {
    this.socket = connect({ host: '127.0.0.1', port, ...(from === undefined ? {} : { localAddress: from }) });
    this.socket
      .setEncoding('utf8')
      .on('data', (text: string) => {
        this.got += text;
      })
      .on('error', () => {})
      .on('close', () => {
        this.closed = true;
      });
  }

  /** Until the text has come, or the connection has ended. */
  async until(done: (got: string) => boolean): Promise<string> {
    while (!done(this.got) && !this.closed) await new Promise((next) => setTimeout(next, 2));
    return this.got;
  }

  /** The name of the backend; '': the connection was closed. */
  async backend(): Promise<string> {
    return (await this.until((got) => got.includes('\n'))).split('\n')[0] ?? '';
  }
}

/** Which backend a new connection gets; '': it is closed. */
export async function askTcp(port: number, from?: string): Promise<string> {
  const client = new TcpClient(port, from);
  try {
    return await client.backend();
  } finally {
    client.socket.destroy();
  }
}
