/** Backends that answer with their address as name, since explain names hosts by it. */
import { Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';

/** On 127.0.0.11 and on, all on one port. */
export async function startNamed(count: number): Promise<Backend[]> {
  const addresses = Array.from({ length: count }, (_, i) => `127.0.0.${11 + i}`);
  const probe = await startBackends(addresses);
  const { port } = probe[0]!;
  await stopAll(probe);
  return Promise.all(
    addresses.map((address) => Backend.start({ address, port, name: `${address}:${port}` })),
  );
}
