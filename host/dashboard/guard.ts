/**
 * Who may ask the dashboard. A page of some other site in the same browser can send requests here too: by
 * our address, or by a name of its own that it lets lead here (DNS rebinding). So the Host header must be one
 * of ours, what a browser says to come from another site is refused, and no answer may be read or framed by
 * others. Off loopback a token is needed.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

export interface Refused {
  readonly status: 400 | 401 | 403 | 405 | 421;
  readonly reason: string;
}

export interface Guarded {
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Of `?token=`. */
  readonly token: string | null;
  readonly path: string;
}

export const COOKIE = 'loadstar-dashboard';
/** Shorter tokens can be guessed. */
export const MIN_TOKEN = 16;

export class Guard {
  readonly #token: Buffer | undefined;
  readonly #names: ReadonlySet<string>;

  /**
   * @param token Absent: whoever reaches the address may ask.
   * @param names Of this machine, beside its addresses.
   */
  constructor(token: string | undefined, names: readonly string[]) {
    this.#token = token === undefined ? undefined : digest(token);
    this.#names = new Set(['localhost', ...names.map((name) => name.toLowerCase())]);
  }

  /** Why it gets no answer; undefined: it gets one. */
  refusal({ method, headers, token, path }: Guarded): Refused | undefined {
    if (method !== 'GET') return { status: 405, reason: 'Only GET is answered.' };
    if (!this.#isOurs(headers.host))
      return { status: 421, reason: 'The Host header is not this server: use its address or localhost.' };
    const site = headers['sec-fetch-site'];
    // A link to the page itself may be followed from anywhere.
    const isNavigation =
      path === '/' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isNavigation)
      return { status: 403, reason: 'Pages of other sites are not answered.' };
    if (this.#token === undefined) return undefined;
    const given = token ?? cookieOf(headers.cookie);
    if (given !== undefined && timingSafeEqual(digest(given), this.#token)) return undefined;
    return { status: 401, reason: 'A token is needed: open the address that ends in ?token=…' };
  }

  /** Names lead wherever their owner wants; an address leads to itself. */
  #isOurs(host: string | undefined): boolean {
    const name = (host ?? '').replace(/:\d{1,5}$/, '').toLowerCase();
    return isIP(name.replace(/^\[|\]$/g, '')) !== 0 || this.#names.has(name);
  }
}

/** Of equal length, so that nothing is learnt of it by time. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function cookieOf(header: string | undefined): string | undefined {
  const found = (header ?? '').split(';').find((one) => one.trim().startsWith(`${COOKIE}=`));
  return found?.trim().slice(COOKIE.length + 1);
}

/** With every answer. The page has no part that is not in its own files. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // Pictures are put into the page as text: by this one way, of text that we drew.
    "require-trusted-types-for 'script'",
    'trusted-types loadstar-svg',
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};
