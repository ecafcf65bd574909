/**
 * The request that is explained, and what Envoy's connection manager makes of its path before routes are
 * matched (normalize_path, merge_slashes, UNESCAPE_AND_REDIRECT, as host/envoy/listener.ts sets them). Text
 * is byte strings: one character is one byte, as host/wasm has it.
 */

import type { ClientSettings } from '../plan/types.ts';

/** A connection, whatever is in it; of udp: datagrams. */
const CONNECTIONS = ['tcp', 'udp', 'tls'] as const;
export type ConnectionScheme = (typeof CONNECTIONS)[number];
/** Of a URL. */
export type Scheme = 'http' | 'https' | ConnectionScheme;
export const isConnection = (scheme: string | undefined): scheme is ConnectionScheme =>
  CONNECTIONS.some((one) => one === scheme);

export interface Request {
  readonly method: string;
  /** As a client sends it, with or without port. */
  readonly host: string;
  /** With its query. */
  readonly path: string;
  /** Names in lower case, without pseudo headers. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Names of further headers, whose values cannot be told, each with the reason. */
  readonly unknown?: ReadonlyMap<string, string>;
  /** Address of the connection, without port; undefined: not given. */
  readonly sourceIp?: string;
  /** Of the URL, where one is given: which listeners can be meant. */
  readonly url?: { readonly scheme: Scheme; readonly serverName: string; readonly port?: number };
  /** As routes see it; absent: http. */
  readonly scheme?: 'http' | 'https';
}

export type NormalPath =
  | { readonly kind: 'path'; readonly path: string }
  /** Envoy answers before it looks at any route. */
  | { readonly kind: 'redirect'; readonly path: string }
  | { readonly kind: 'refused'; readonly because: string };

/** RFC 3986's unreserved characters: an escape of one means the same as the character. */
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;

/** What a listener does with paths, where a policy says it. */
type PathSettings = NonNullable<ClientSettings['path']>;

/**
 * The path that routes see. Source: Envoy source/common/http/path_utility.cc and Chromium's
 * url_canon_path.cc.
 */
export function normalizePath(
  path: string,
  { escapedSlashes = 'UnescapeAndRedirect', mergeSlashes: merge = true }: PathSettings = {},
): NormalPath {
  if (!path.startsWith('/')) return { kind: 'refused', because: 'a path begins with /' };
  if (path.includes('#')) return { kind: 'refused', because: 'a request has no fragment (#…) in its path' };
  const at = path.indexOf('?');
  const [target, query] = at < 0 ? [path, ''] : [path.slice(0, at), path.slice(at)];
  const keeps = escapedSlashes === 'KeepUnchanged';
  const unescaped = keeps ? target : target.replace(/%2f/gi, '/').replace(/%5c/gi, '\\');
  const escaped = unescaped !== target;
  if (escaped && escapedSlashes === 'RejectRequest')
    return { kind: 'refused', because: 'the path has an escaped slash, which the listener refuses' };
  const resolved = resolveDots(canonical(unescaped));
  const result = (merge ? mergeSlashes(resolved) : resolved) + query;
  return escaped && escapedSlashes === 'UnescapeAndRedirect'
    ? { kind: 'redirect', path: result }
    : { kind: 'path', path: result };
}

/** PathUtil::mergeSlashes keeps the first and the last slash, so that nothing but slashes becomes two. */
const mergeSlashes = (path: string): string => (/^\/{2,}$/.test(path) ? '//' : path.replace(/\/{2,}/g, '/'));

/**
 * Escapes of unreserved characters become the characters, a backslash a slash, bytes that no URL holds become
 * escapes.
 */
function canonical(path: string): string {
  return path
    .replaceAll('\\', '/')
    .replace(/%([0-9a-f]{2})/gi, (whole, hex: string) => {
      const character = String.fromCharCode(Number.parseInt(hex, 16));
      return UNRESERVED.test(character) ? character : whole;
    })
    .replace(
      /[^\x21-\x7e]|["<>`{}]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
}

/** `/a/./b/../c` → `/a/c`; a path never climbs above its root. Empty segments are kept for merge_slashes. */
function resolveDots(path: string): string {
  const kept: string[] = [];
  const segments = path.slice(1).split('/');
  segments.forEach((segment, i) => {
    const last = i === segments.length - 1;
    if (segment === '.') {
      if (last) kept.push('');
    } else if (segment === '..') {
      kept.pop();
      if (last) kept.push('');
    } else kept.push(segment);
  });
  return `/${kept.join('/')}`;
}

/** All values of a header, in order; `:method` and the other pseudo headers are there as well. */
export function headerValues(request: Request, name: string): string[] {
  const key = name.toLowerCase();
  if (key === ':method') return [request.method];
  if (key === ':path') return [request.path];
  if (key === ':authority' || key === 'host') return [request.host];
  if (key === ':scheme') return [request.scheme ?? 'http'];
  return request.headers.flatMap(([n, value]) => (n === key ? [value] : []));
}

/** Without the port, in lower case: what a virtual host's domains are compared with. */
export function hostName(host: string): string {
  const lower = host.toLowerCase();
  return lower.startsWith('[') ? lower.replace(/\](:\d*)?$/, ']') : lower.replace(/:\d*$/, '');
}
