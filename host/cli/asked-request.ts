/** A request as somebody writes it down, checked: for `explain`, and for the dashboard. */
import { isIP } from 'node:net';
import { hostName, isConnection, type Request, type Scheme } from '../explain/request.ts';
import { UsageError } from '../run/errors.ts';

/** As the options of `explain` have it. */
export interface WrittenRequest {
  readonly url?: string;
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  /** `NAME: VALUE`. */
  readonly headers: readonly string[];
  readonly sourceIp?: string;
}

/** @throws {UsageError} in words of the options */
export function askedRequest(written: WrittenRequest): Request {
  const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
  const url = written.url === undefined ? undefined : urlOf(written.url);
  return {
    method: methodOf(written.method ?? 'GET'),
    host: written.host === undefined ? (url?.host ?? '') : checkedHost(written.host),
    path: bytes(written.path ?? url?.path ?? '/'),
    ...(url === undefined ? {} : { url }),
    headers: written.headers.map((text) => {
      const [name, value] = readHeader('--header', text);
      return [name, bytes(value)] as const;
    }),
    sourceIp: sourceIp(written.sourceIp),
  };
}

/** An address of the web is what people paste here. */
function checkedHost(text: string): string {
  if (!/[\s/?#@]/.test(text)) return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const instead =
    url === undefined || url.host === ''
      ? '--host shop.example.com --path /cart'
      : `--host ${url.host} --path '${url.pathname}${url.search}'`;
  throw new UsageError(
    `--host is a host name as in the Host header, with a port if there is one, not ${JSON.stringify(text)}: ${instead}`,
  );
}

/** The path stays as it is written: what Envoy makes of it is explained. @throws {UsageError} */
function urlOf(text: string): NonNullable<Request['url']> & { readonly host: string; readonly path: string } {
  const found =
    /^(https?|tcp|udp|tls):\/\/((\[[0-9a-f:.]+\]|[^/:?#@[\]]+)(?::(\d{1,5}))?)(\/[^#]*|\?[^#]*)?$/i.exec(
      text,
    );
  if (found === null)
    throw new UsageError(
      `--url must be as https://www.example.com/cart or tls://www.example.com:8443, not ${JSON.stringify(text)}`,
    );
  const [, written = '', host = '', name = '', port, path = '/'] = found;
  const scheme = written.toLowerCase() as Scheme;
  const ofConnection = isConnection(scheme);
  if (ofConnection && path !== '/') throw new UsageError(`--url ${text}: a connection has no path`);
  return {
    scheme,
    // Clients send no address as server name.
    serverName: ofConnection && isIP(name.replace(/^\[|\]$/g, '')) !== 0 ? '' : hostName(name),
    ...(port === undefined ? {} : { port: Number(port) }),
    host,
    path: path.startsWith('/') ? path : `/${path}`,
  };
}

function sourceIp(text: string | undefined): string | undefined {
  // A scope (`%eth0`) has a meaning on one machine only.
  if (text !== undefined && (isIP(text) === 0 || text.includes('%'))) {
    throw new UsageError(`--source-ip must be an IP address, not ${JSON.stringify(text)}`);
  }
  return text;
}

/** RFC 9110, section 9.1: a method is a token. */
function methodOf(text: string): string {
  if (/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)) return text;
  throw new UsageError(`--method must be one word, as GET or POST, not ${JSON.stringify(text)}`);
}

/** `Name: value`; the name in lower case. RFC 9110, section 5.6.2: a name is a token. @throws {UsageError} */
export function readHeader(option: string, text: string): [name: string, value: string] {
  const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\r\n]*)$/.exec(text);
  if (match === null) throw new UsageError(`${option} must be 'NAME: VALUE', not ${JSON.stringify(text)}`);
  return [match[1]!.toLowerCase(), match[2]!.trim()];
}
