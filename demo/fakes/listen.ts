/**
 * How every fake server of the demo, the tests and the benches listens: known sockets, one common port, an
 * end that frees both.
 */
import type { AddressInfo, Server, Socket } from 'node:net';

export interface Listening {
  readonly address: string;
  readonly port: number;
  /** Breaks all connections, with whatever is under way on them. */
  dropConnections(): void;
  /** Ends the server and its connections; resolves when the port is free. */
  stop(): Promise<void>;
}

/**
 * @param port 0: the kernel chooses. Rejects with the kernel's error when the address or port cannot be had.
 */
export async function listen(server: Server, address: string, port = 0): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen({ host: address, port, backlog: 4_096 }, done);
  });
  const dropConnections = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const at = server.address() as AddressInfo;
  return {
    address: at.address,
    port: at.port,
    dropConnections,
    stop: async () => {
      const closed = new Promise((done) => server.close(done));
      dropConnections();
      await closed;
    },
  };
}

/** So often a port that is taken at one of several addresses is looked for anew. */
const TRIES = 10;

/**
 * Servers on several addresses and one common port, as an EndpointSlice wants them: `wanted` when it is free
 * on all of them, else one that the kernel names at the first address.
 */
export async function onOnePort<T extends { readonly port: number; stop(): Promise<void> }>(
  addresses: readonly string[],
  wanted: number,
  start: (address: string, port: number, index: number) => Promise<T>,
): Promise<T[]> {
  for (let attempt = 0; ; attempt++) {
    const started: T[] = [];
    try {
      for (const [i, address] of addresses.entries())
        started.push(await start(address, started[0]?.port ?? (attempt === 0 ? wanted : 0), i));
      return started;
    } catch (error) {
      await stopAll(started);
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === TRIES) throw error;
    }
  }
}

export const stopAll = async (parts: readonly { stop(): Promise<void> }[]): Promise<void> => {
  await Promise.all(parts.map((part) => part.stop()));
};
