/** IP addresses as text (RFC 3986's IPv4, RFC 4291's IPv6 without a zone). */
import { isIPv4, isIPv6 as isIPv6WithZone } from 'node:net';

export { isIPv4 };
export const isIPv6 = (text: string): boolean => isIPv6WithZone(text) && !text.includes('%');
export const isIP = (text: string): boolean => isIPv4(text) || isIPv6(text);

/** One spelling for each address (RFC 5952), so that equal ones compare as text. */
export const canonicalIP = (ip: string): string =>
  ip.includes(':') ? new URL(`http://[${ip}]`).hostname.slice(1, -1) : ip;
