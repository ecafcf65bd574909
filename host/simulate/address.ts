/** IP addresses as text (RFC 3986, section 3.2.2). By the URL parser: a simulation uses no network module. */

export const isAddress = (text: string): boolean => (text.includes(':') ? isIpv6(text) : isIpv4(text));

/** As Envoy prints it: shortest and in lower case (RFC 5952). Only that form is what it hashes. */
export const isCanonicalAddress = (text: string): boolean =>
  text.includes(':') ? isIpv6(text) && parsed(text) === text : isIpv4(text);

const isIpv4 = (text: string): boolean =>
  /^(\d{1,3}\.){3}\d{1,3}$/.test(text) &&
  text.split('.').every((part) => Number(part) <= 255 && String(Number(part)) === part);

const isIpv6 = (text: string): boolean => /^[0-9a-fA-F:.]+$/.test(text) && parsed(text) !== undefined;

function parsed(text: string): string | undefined {
  try {
    return new URL(`http://[${text}]/`).hostname.slice(1, -1);
  } catch {
    return undefined;
  }
}
