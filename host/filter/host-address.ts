/**
 * An endpoint as Envoy prints it, which is what it hashes for its Maglev table and what an override must say:
 * `127.0.0.1:3000`, `[2001:db8::1]:3000` (RFC 5952, and inet_ntop's dotted form for IPv4-mapped addresses).
 */
export function hostAddress(address: string, port: number): string {
  return address.includes(':') ? `[${canonicalIpv6(address)}]:${port}` : `${address}:${port}`;
}

function canonicalIpv6(address: string): string {
  let text: string;
  try {
    // The URL parser writes the shortest form in lower case, with the longest run of two or more zero groups as `::`.
    text = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  } catch {
    return address;
  }
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(text);
  if (mapped === null) return text;
  const [high, low] = [Number.parseInt(mapped[1] as string, 16), Number.parseInt(mapped[2] as string, 16)];
  return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
