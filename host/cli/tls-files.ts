/**
 * Certificates and private keys as files that only this user may read: each is replaced in one step, and what
 * did not change stays.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  authorityFile,
  certificateFiles,
  certificateOf,
  isAuthorityFile,
  type TlsFile,
} from '../envoy/tls.ts';
import type { Plan } from '../plan/types.ts';
import { RunError, reasonOf } from '../run/errors.ts';
import { replaceFile } from './write-file.ts';

export interface TlsFolder {
  readonly path: string;
  /** It belongs to one configuration, so that nothing else is in it. */
  readonly own: boolean;
}

type Named = Pick<Plan, 'certificates' | 'authorities'>;

export const hasFiles = ({ certificates, authorities }: Named): boolean =>
  certificates.length + authorities.length > 0;

const filesOf = (folder: string, { certificates, authorities }: Named): TlsFile[] => [
  ...certificates.flatMap((one) => certificateFiles(folder, one)),
  ...authorities.map(authorityFile),
];

/** @throws {RunError} when they cannot be written. */
export function writeCertificates(folder: string, plan: Named): void {
  try {
    if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(folder, 0o700);
  } catch (error) {
    throw new RunError(`no folder for certificates: ${reasonOf(error)}`);
  }
  for (const { name, bytes } of filesOf(folder, plan)) {
    const path = join(folder, name);
    if (!holds(path, bytes)) replaceFile(path, bytes, 0o600);
  }
}

function holds(path: string, bytes: Uint8Array): boolean {
  try {
    return readFileSync(path).equals(bytes);
  } catch {
    return false;
  }
}

/**
 * Keys that nothing refers to any more: those of renewed certificates, and in an own folder of any. A folder that
 * does not exist has none.
 */
export function removeOld({ path, own }: TlsFolder, plan: Named): void {
  if (!existsSync(path)) return;
  const names = new Set(plan.certificates.map(({ name }) => name));
  const kept = new Set(filesOf(path, plan).map(({ name }) => name));
  for (const file of readdirSync(path)) {
    if (own && isAuthorityFile(file) && !kept.has(file)) rmSync(join(path, file), { force: true });
    const of = certificateOf(file);
    if (of !== undefined && !kept.has(file) && (own || names.has(of)))
      rmSync(join(path, file), { force: true });
  }
}
