/** How an API server is reached, and who asks. */
import { isIP } from 'node:net';
import { RunError } from '../run/errors.ts';

export interface Access {
  readonly server: URL;
  readonly tls: {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
    /** The name that its certificate must be for, where it is not that of the address. */
    readonly servername?: string;
  };
  /**
   * What proves who asks, beside a certificate. It is asked for at each request, because tokens rotate.
   * @param anew The last one was refused.
   */
  readonly token: (anew: boolean) => Promise<string | undefined>;
  /** Where the one who asks is at home. */
  readonly namespace: string;
}

/**
 * In plain text only to this machine, as `kubectl proxy` listens: Secrets come this way, and a token goes.
 * @throws {RunError}
 */
export function serverUrl(text: string, where: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new RunError(`${where}: the server must be a URL, not ${JSON.stringify(text)}`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const here = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && here))
    throw new RunError(`${where}: the server must be https, not ${url.protocol}//${url.host}`);
  return url;
}
