/**
 * An endpoint as Envoy prints it, which is what it hashes for its Maglev table and what an override must say.
 */
import { canonicalAddress } from '../plan/pools/address.ts';

/** `127.0.0.1:3000`, `[2001:db8::1]:3000`. */
export function hostAddress(address: string, port: number): string {
  return address.includes(':') ? `[${canonicalAddress(address)}]:${port}` : `${address}:${port}`;
}
