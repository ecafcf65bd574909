/** Backends of plain connections: each says its name first, then sends back what it gets. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpBackend {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Connections that arrived. */
  readonly seen: { connections: number };
  stop(): Promise<void>;
}

export function startTcpBackend(address: string, port = 0): Promise<TcpBackend> {
  const seen = { connections: 0 };
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    seen.connections++;
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => {});
    socket.write(`${address}\n`);
    socket.pipe(socket);
  });
  return new Promise((done, fail) =>
    server.on('error', fail).listen(port, address, () => {
      const at = (server.address() as AddressInfo).port;
      done({
        name: `${address}:${at}`,
        address,
        port: at,
        seen,
        stop: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of open) socket.destroy();
          }),
      });
    }),
  );
}

/** On one port, which all addresses have free. */
export async function startTcpBackends(addresses: readonly string[]): Promise<TcpBackend[]> {
  const [first = '', ...others] = addresses;
  const one = await startTcpBackend(first);
  return [one, ...(await Promise.all(others.map((address) => startTcpBackend(address, one.port))))];
}

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
