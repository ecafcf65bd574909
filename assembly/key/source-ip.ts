/**
 * The client's address without its port (IpHashMethod, source/common/http/hash_policy.cc, which hashes
 * Address::Ip::addressAsString). The host gives "10.0.0.1:80" or "[2001:db8::1]:80"; Envoy hashes an IPv6
 * address without its brackets. Other addresses (a pipe, an internal listener) are no key.
 */
import { ABSENT, at, Bytes, size, slice } from '../bytes/view';

/** The address of "address:port", or ABSENT. */
export function addressWithoutPort(text: Bytes): Bytes {
  let end = size(text);
  while (end > 0 && <u8>(load<u8>(at(text) + end - 1) - 0x30) < 10) end--;
  if (end < 2 || end == size(text) || load<u8>(at(text) + end - 1) != 0x3a) return ABSENT;
  end--;
  const first = load<u8>(at(text));
  if (first == 0x5b) return end >= 3 && load<u8>(at(text) + end - 1) == 0x5d ? slice(text, 1, end - 1) : ABSENT;
  // An IPv4 address starts with a digit; "envoy://…" and "/path:1" do not.
  return <u8>(first - 0x30) < 10 ? slice(text, 0, end) : ABSENT;
}
