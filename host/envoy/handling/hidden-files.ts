/**
 * Files beside a static configuration that hold what must not stand in it: users, keys, credentials. Envoy
 * watches them; only their owner may read them.
 */
import { createHash } from 'node:crypto';
import { Hidden } from '../../basics/hidden.ts';

export interface HiddenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Names of policies and filters may be long, and hold dots. */
export const hiddenFileName = (name: string): string =>
  `auth_${createHash('sha256').update(name).digest('hex').slice(0, 24)}.yaml`;
export const isHiddenFile = (file: string): boolean => /^auth_[0-9a-f]{24}\.yaml$/.test(file);

/** @param resource With its `@type`. */
export const hiddenFile = (name: string, resource: object): HiddenFile => ({
  name: hiddenFileName(name),
  bytes: Buffer.from(JSON.stringify({ resources: [resource] }, revealed)),
});

/** The one place where something hidden becomes text for Envoy; used as JSON.stringify's replacer. */
export function revealed(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const written = this[key];
  if (!(written instanceof Hidden)) return value;
  return key === 'inline_bytes' ? Buffer.from(written.reveal()).toString('base64') : written.revealText();
}

/** It stands in Envoy's JSON where bytes or text would. */
export const asText = (hidden: Hidden): string => hidden as unknown as string;
