/** A URL as Envoy takes it apart (Http::Utility::Url and its http_parser.c), which is not as browsers do. */
import { isIPv6 } from 'node:net';

export interface Url {
  /** As it is written: no letter and no port is made another. */
  readonly hostAndPort: string;
  readonly hasUser: boolean;
  readonly hasFragment: boolean;
}

/** Of any scheme. A fragment comes only after a path or a query. */
const URL_FORM =
  /^[a-z][a-z0-9.+-]*:\/\/(?:([\w.!~*'()%;:&=+$,-]*)@)?((?:[\w.-]+|\[([0-9a-f:.]+)\])(?::(\d+))?)(?:[/?][^ #]*(?:#([^ ]*))?)?$/i;
const MAX_PORT = 65_535;

/** Undefined: it cannot be read as a URL. */
export function parseUrl(text: string): Url | undefined {
  const [, user = '', hostAndPort, address, port = '0', fragment = ''] = URL_FORM.exec(text) ?? [];
  if (hostAndPort === undefined || Number(port) > MAX_PORT) return undefined;
  if (address !== undefined && !isIPv6(address)) return undefined;
  return { hostAndPort, hasUser: user !== '', hasFragment: /[^#]/.test(fragment) };
}

/** Of a URL, or of a part of one without a scheme. Others Envoy takes away (Utility::isValidRefererValue). */
export function isReferer(text: string): boolean {
  const url = parseUrl(text);
  if (url !== undefined) return !url.hasUser && !url.hasFragment;
  return /^[\w.~%!$&'()*+,;=@?-]*(?:\/[\w.~%!$&'()*+,;=@?:/-]*)?$/.test(text);
}
