/** IP addresses as text (RFC 3986's IPv4, RFC 4291's IPv6 without a zone). Written out: the schema uses no network module. */

export const isIPv4 = (text: string): boolean =>
  /^(\d{1,3}\.){3}\d{1,3}$/.test(text) &&
  text.split('.').every((part) => Number(part) <= 255 && String(Number(part)) === part);

export function isIPv6(text: string): boolean {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || text.split('::').length > 2) return false;
  const compressed = text.includes('::');
  const sides = text.split('::').map((side) => (side === '' ? [] : side.split(':')));
  const parts = sides.flat();
  const last = parts.at(-1);
  const tail = last?.includes('.') === true && text.endsWith(last);
  if (tail && !isIPv4(last)) return false;
  const groups = tail ? parts.slice(0, -1) : parts;
  const count = groups.length + (tail ? 2 : 0);
  return groups.every((g) => /^[0-9a-fA-F]{1,4}$/.test(g)) && (compressed ? count <= 7 : count === 8);
}

export const isIP = (text: string): boolean => isIPv4(text) || isIPv6(text);
