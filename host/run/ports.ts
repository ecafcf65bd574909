/**
 * Whether addresses are free to listen on. Envoy binds its listeners with SO_REUSEPORT, so a second Envoy on
 * the same port starts without an error and gets half of the first one's connections. This has to be checked
 * before.
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
  const reasons = await Promise.all(wanted.map((one, i) => clash(one, wanted.slice(0, i)) ?? reason(one)));
  return reasons.filter((text) => text !== undefined);
}

/** The same for addresses that clash with another one in the list; this does not need the machine. */
export const clashes = (wanted: readonly Wanted[]): string[] =>
  wanted.map((one, i) => clash(one, wanted.slice(0, i))).filter((text) => text !== undefined);

/** Two of our own addresses are the same. */
function clash({ address, port, what }: Wanted, before: readonly Wanted[]): string | undefined {
  const other = before.find((one) => one.port === port && port !== 0 && overlap(one.address, address));
  return other === undefined
    ? undefined
    : `${placeOf(address, port)} (${what}) is what ${other.what} listens on`;
}

/** Envoy binds `::` for IPv6 alone (SocketAddress.ipv4_compat is off). */
const overlap = (a: string, b: string): boolean => {
  const everywhere = a.includes(':') ? '::' : '0.0.0.0';
  return a === b || (a.includes(':') === b.includes(':') && (a === everywhere || b === everywhere));
};
const placeOf = (address: string, port: number): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`;

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another process',
  EACCES: 'may not be used by this user',
  EADDRNOTAVAIL: 'is no address of this machine',
};

function reason({ address, port, what }: Wanted): Promise<string | undefined> {
  if (port === 0) return Promise.resolve(undefined);
  return new Promise((done) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) => {
      done(
        `${placeOf(address, port)} (${what}) ${REASONS[error.code ?? ''] ?? `cannot be used: ${error.message}`}`,
      );
    });
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => done(undefined)));
  });
}
