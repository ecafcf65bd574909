/**
 * Certificates and private keys as files that only this user may read: each is replaced in one step, and what
 * did not change stays. No symbolic link is followed: it could lead a key to where others read it.
 */
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isHiddenFile } from '../envoy/handling/hidden-files.ts';
import { credentialFiles } from '../envoy/handling/injection.ts';
import { proofFiles } from '../envoy/handling/proof-filters.ts';
import {
  authorityFile,
  certificateFiles,
  certificateOf,
  isAuthorityFile,
  type TlsFile,
} from '../envoy/tls.ts';
import type { Plan } from '../plan/types.ts';
import { RunError, reasonOf } from '../run/errors.ts';
import { makeFolder } from '../run/folder.ts';
import { removeHalfWritten } from './half-written.ts';
import { replaceEntry } from './write-file.ts';

export interface TlsFolder {
  readonly path: string;
  /** It belongs to one configuration, so that nothing else is in it. */
  readonly own: boolean;
}

type Named = Pick<Plan, 'certificates' | 'authorities' | 'listeners'>;

const hiddenFiles = (plan: Named): TlsFile[] => [...proofFiles(plan), ...credentialFiles(plan)];

/** Private keys, users, keys of clients, credentials: what must not be printed. */
export const hasSecrets = (plan: Named): boolean =>
  plan.certificates.length > 0 || hiddenFiles(plan).length > 0;
export const hasFiles = (plan: Named): boolean => plan.authorities.length > 0 || hasSecrets(plan);

const filesOf = (folder: string, plan: Named): TlsFile[] => [
  ...plan.certificates.flatMap((one) => certificateFiles(folder, one)),
  ...plan.authorities.map(authorityFile),
  ...hiddenFiles(plan),
];

/** @throws {RunError} when they cannot be written. */
export function writeCertificates({ path: folder, own }: TlsFolder, plan: Named): void {
  if (own && isLink(folder))
    throw new RunError(
      `${folder} is a symbolic link, and private keys are not written through it: remove it, or choose the folder with --tls-dir DIR`,
    );
  const made = makeFolder(folder, 'certificates', 0o700);
  try {
    if (made || own) chmodSync(folder, 0o700);
  } catch (error) {
    throw new RunError(`no folder for certificates: ${reasonOf(error)}`);
  }
  for (const { name, bytes } of filesOf(folder, plan)) {
    const path = join(folder, name);
    if (!holds(path, bytes)) replaceEntry(path, bytes, MODE);
  }
}

/** Names of files that are not what would be written. */
export const differentCertificates = (folder: string, plan: Named): string[] =>
  filesOf(folder, plan)
    .filter(({ name, bytes }) => !holds(join(folder, name), bytes))
    .map(({ name }) => name);

/** Nobody else may read one, also when it holds no key. */
const MODE = 0o600;

/** The same content with another mode is another file. */
function holds(path: string, bytes: Uint8Array): boolean {
  try {
    const found = lstatSync(path);
    return found.isFile() && (found.mode & 0o777) === MODE && readFileSync(path).equals(bytes);
  } catch {
    return false;
  }
}

const isLink = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;

/**
 * Keys that nothing refers to any more: those of renewed certificates, and in an own folder of any. A folder
 * that does not exist has none. What is no regular file was not made here, and stays.
 */
export function removeOld({ path, own }: TlsFolder, plan: Named): void {
  if (!existsSync(path) || (own && isLink(path))) return;
  const names = new Set(plan.certificates.map(({ name }) => name));
  const kept = new Set(filesOf(path, plan).map(({ name }) => name));
  const isOurs = (file: string): boolean => {
    const of = certificateOf(file);
    return of === undefined
      ? kept.has(file) || (own && (isAuthorityFile(file) || isHiddenFile(file)))
      : own || names.has(of);
  };
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isFile() && isOurs(entry.name) && !kept.has(entry.name))
      rmSync(join(path, entry.name), { force: true });
  removeHalfWritten(path, isOurs);
}
