/** Ranges of IP addresses as text. */
import { type Cidr, firstOf } from '../../basics/cidr.ts';
import { isIP, isIPv4 } from './address.ts';
import { leaf } from './shape.ts';

/** `192.168.7.1/16` → 192.168.0.0 and 16; undefined when it is no range. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = '', ...more] = text.split('/');
  const bits = Number(length);
  const max = isIPv4(address) ? 32 : 128;
  if (more.length > 0 || !isIP(address) || !/^\d{1,3}$/.test(length) || bits > max) return undefined;
  return { first: firstOf(address, bits), bits };
}

/** A field that holds one; `address` is kept as it is written. */
export const cidr = () =>
  leaf<{ readonly address: string; readonly bits: number }>({
    rule: 'a range of IP addresses, as 10.0.0.0/8 or fd00::/8',
    code: 'address-invalid',
    hint: (value) =>
      typeof value === 'string' && isIP(value)
        ? `For this address alone write ${value}/${isIPv4(value) ? 32 : 128}.`
        : undefined,
    read: (value) => {
      if (typeof value !== 'string') return undefined;
      const at = value.lastIndexOf('/');
      const [address, digits] = [value.slice(0, at), value.slice(at + 1)];
      const most = isIPv4(address) ? 32 : 128;
      const known = at > 0 && isIP(address) && /^(0|[1-9]\d{0,2})$/.test(digits) && Number(digits) <= most;
      return known ? { address, bits: Number(digits) } : undefined;
    },
  });
