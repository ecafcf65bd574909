/** Addresses of a discovery server on the command line, and the certificates that go with them. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { RunError, reasonOf, UsageError } from '../run/errors.ts';
import type { XdsAddress } from '../xds/start-bootstrap.ts';
import type { Args, OptionTable } from './args.ts';

/** As RFC 1123 has the names of hosts. */
const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9.]{0,251}[A-Za-z0-9])?$/;

/** `HOST:PORT`, `[::1]:PORT`, `unix:PATH`; HOST is an address or a name. @throws {UsageError} */
export function xdsAddress(option: string, value: string): XdsAddress {
  if (value.startsWith('unix:')) {
    const path = value.slice('unix:'.length);
    if (path === '') throw new UsageError(`${option} needs a path after unix:`);
    return { path: resolve(path) };
  }
  const colon = value.lastIndexOf(':');
  const [host, port] = [value.slice(0, colon), value.slice(colon + 1)];
  const address = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  const good = isIP(address) === 6 ? address !== host : isIP(address) === 4 || NAME.test(address);
  if (colon < 0 || !good || !/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new UsageError(
      `${option} must be HOST:PORT, as 127.0.0.1:18000 or [::1]:18000, or unix:PATH, not ${JSON.stringify(value)}`,
    );
  return { address, port: Number(port) };
}

export const shownAddress = (address: XdsAddress): string =>
  'path' in address
    ? `unix:${address.path}`
    : `${address.address.includes(':') ? `[${address.address}]` : address.address}:${address.port}`;

/** Nobody but this machine can reach it. */
export const isLocal = (address: XdsAddress): boolean =>
  'path' in address ||
  address.address === 'localhost' ||
  address.address === '::1' ||
  (isIP(address.address) === 4 && address.address.startsWith('127.'));

export const clientTlsOptions: OptionTable = {
  'tls-ca': { value: 'FILE', help: 'PEM: who has signed the certificate of the server' },
  'tls-cert': { value: 'FILE', help: 'PEM: the certificate that is shown to the server' },
  'tls-key': { value: 'FILE', help: 'PEM: its private key' },
  'tls-name': { value: 'NAME', help: "what the server's certificate is for (default: HOST of the server)" },
};

/** Paths, all three or none. @throws {UsageError} */
export function threeFiles<Name extends string>(
  args: Args,
  names: readonly [Name, Name, Name],
): Readonly<Record<Name, string>> | undefined {
  const given = names.filter((name) => args.one(name) !== undefined);
  if (given.length === 0) return undefined;
  const missing = names.find((name) => args.one(name) === undefined);
  if (missing !== undefined)
    throw new UsageError(`--${given[0]} needs --${missing} too: both sides show a certificate`);
  return Object.fromEntries(names.map((name) => [name, args.one(name)])) as Record<Name, string>;
}

/** @throws {RunError} when it cannot be read */
export function pemFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new RunError(`${path}: ${reasonOf(error)}`);
  }
}
