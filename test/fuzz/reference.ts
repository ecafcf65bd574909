/**
 * How Envoy 1.40 reads the keys of its hash policies, written down once more and independently of the filter
 * (source/common/http/utility.cc, hash_policy.cc). test/conformance/hash.test.ts holds the filter against a
 * real Envoy; this holds it to the same rules on millions of inputs.
 */
import type { Pair } from '../../host/wasm/maps.ts';

/** First cookie of that name; undefined where there is none or it is empty. */
export function cookieOf(headers: readonly Pair[], name: string): string | undefined {
  for (const [header, line] of headers) {
    if (header.toLowerCase() !== 'cookie') continue;
    for (const part of line.split(';')) {
      const equals = part.indexOf('=');
      if (equals < 0 || part.slice(0, equals).replace(/^ +/, '') !== name) continue;
      const value = part.slice(equals + 1);
      const bare =
        value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
      return bare === '' ? undefined : bare;
    }
  }
  return undefined;
}

export function queryOf(headers: readonly Pair[], name: string): string | undefined {
  const path = headers.find(([header]) => header.toLowerCase() === ':path')?.[1];
  const mark = path?.indexOf('?') ?? -1;
  if (path === undefined || mark < 0) return undefined;
  const query = path.slice(mark + 1);
  // Nothing is read after the end: a query that ends in & has no empty parameter there.
  const parts = query.split('&');
  if (parts.at(-1) === '') parts.pop();
  for (const part of parts) {
    const equals = part.indexOf('=');
    if ((equals < 0 ? part : part.slice(0, equals)) === name) return equals < 0 ? '' : part.slice(equals + 1);
  }
  return undefined;
}

/** The values of a header in Envoy's order, which is that of bytes. */
export const headerOf = (headers: readonly Pair[], name: string): string[] =>
  headers
    .flatMap(([header, value]) => (header.toLowerCase() === name ? [value] : []))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

/** The address of `ip:port` or `[ip]:port`, without the brackets. */
export function addressOf(text: string | null): string | undefined {
  const match = /^(?:\[([\s\S]+)\]|(\d[\s\S]*)):\d+$/.exec(text ?? '');
  return match?.[1] ?? match?.[2];
}
