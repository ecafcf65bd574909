/**
 * Replaces a file at once: a reader (or an Envoy that starts) sees the old text or the new, never half of it.
 */
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { RunError } from '../run/errors.ts';
import { halfWrittenName, removeHalfWritten } from './half-written.ts';

/**
 * What `path` leads to: a link stays one, and a file keeps its mode (a new one has 0o644).
 * @throws {RunError} when it cannot be written; the old file is then unchanged, and no temporary file is
 *   left.
 */
export const replaceFile = (path: string, text: string): void =>
  attempt(path, () => {
    // Written directly: a rename would replace it by a file. `a`: it may be a file that others write too.
    if (isStream(path)) return writeFileSync(path, text, { flag: 'a' });
    const target = resolveLink(path);
    renameOver(target, Buffer.from(text, 'utf8'), modeOf(target));
  });

/**
 * The same for a file that the user names. What a killed command left of it goes; who writes a whole folder
 * looks there once, and not for each file.
 * @throws {RunError} as replaceFile
 */
export function replaceOutput(path: string, text: string): void {
  replaceFile(path, text);
  if (isStream(path)) return;
  const target = resolveLink(path);
  removeHalfWritten(dirname(target), (name) => name === basename(target));
}

/**
 * What stands at `path` itself: a link there is replaced, and what it leads to is not touched.
 * @param mode Of the file, as 0o600.
 * @throws {RunError} as replaceFile
 */
export const replaceEntry = (path: string, bytes: Uint8Array, mode: number): void =>
  attempt(path, () => renameOver(path, bytes, mode));

function renameOver(path: string, bytes: Uint8Array, mode: number | undefined): void {
  const temporary = join(dirname(path), halfWrittenName(basename(path)));
  // One may be left of a process that was killed. Made anew, so that nobody's link there is followed.
  rmSync(temporary, { force: true });
  try {
    const file = openSync(temporary, 'wx', mode ?? 0o644);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      if (mode !== undefined) fchmodSync(file, mode);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** These are what the caller has open, even if that is a file. */
const descriptor = /^\/(?:dev\/(?:std(?:in|out|err)$|fd\/)|proc\/[^/]+\/fd\/)/;

/** No file stands there that has a name of its own: a pipe, a device, a socket, standard output. */
export function isStream(path: string): boolean {
  if (descriptor.test(resolve(path))) return true;
  try {
    const found = statSync(path);
    return !found.isFile() && !found.isDirectory();
  } catch {
    return false;
  }
}

function attempt(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new RunError(`cannot write ${path}: ${REASONS[code ?? ''] ?? message}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  EACCES: 'this user may not write there',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is a file',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
};

/** A chain of links is followed so far. */
const MOST_LINKS = 40;

/** A link stays a link: what it points to is replaced, or made when it is not there yet. */
export function resolveLink(path: string): string {
  let target = path;
  for (let i = 0; i < MOST_LINKS; i++) {
    try {
      return realpathSync(target);
    } catch {
      const next = linkOf(target);
      if (next === undefined) return target;
      target = resolve(dirname(target), next);
    }
  }
  return target;
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function modeOf(path: string): number | undefined {
  try {
    return statSync(path).mode & 0o777;
  } catch {
    return undefined;
  }
}
