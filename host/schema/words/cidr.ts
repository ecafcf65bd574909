/** Ranges of IP addresses as text. */
import { type Cidr, firstOf } from '../../basics/cidr.ts';
import { isIP, isIPv4 } from './address.ts';

/** `192.168.7.1/16` → 192.168.0.0 and 16; undefined when it is no range. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = '', ...more] = text.split('/');
  const bits = Number(length);
  const max = isIPv4(address) ? 32 : 128;
  if (more.length > 0 || !isIP(address) || !/^\d{1,3}$/.test(length) || bits > max) return undefined;
  return { first: firstOf(address, bits), bits };
}
