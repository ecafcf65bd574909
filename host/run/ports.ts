/**
 * Whether addresses are free to listen on. Envoy binds its listeners with SO_REUSEPORT, so a second Envoy on the same port starts
 * without a word and takes half of the first one's connections: it has to be found out beforehand.
 */
import { createServer } from 'node:net';

export interface Wanted {
  readonly address: string;
  /** 0: any, always free. */
  readonly port: number;
  /** For the message: `listener default/eg/http`. */
  readonly what: string;
}

/** A sentence for each address that cannot be listened on. */
export async function takenPorts(wanted: readonly Wanted[]): Promise<string[]> {
  const reasons = await Promise.all(wanted.map(reason));
  return reasons.filter((text) => text !== undefined);
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another process',
  EACCES: 'may not be used by this user',
  EADDRNOTAVAIL: 'is no address of this machine',
};

function reason({ address, port, what }: Wanted): Promise<string | undefined> {
  if (port === 0) return Promise.resolve(undefined);
  const host = address.includes(':') ? `[${address}]` : address;
  return new Promise((done) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) => {
      done(`${host}:${port} (${what}) ${REASONS[error.code ?? ''] ?? `cannot be used: ${error.message}`}`);
    });
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => done(undefined)));
  });
}
