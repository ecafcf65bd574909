/**
 * Replaces a file at once: a reader (or an Envoy that starts) sees the old text or the new, never half of it.
 */
import {
  chmodSync,
  closeSync,
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

/**
 * @throws {RunError} when it cannot be written; the old file is then unchanged, and no temporary file is
 *   left.
 * @param mode Of the file, as 0o600; absent: that of the file that is replaced, or 0o644.
 */
export function replaceFile(path: string, text: string | Uint8Array, mode?: number): void {
  // A device or a pipe is written directly: a rename would replace it by a file.
  if (isStream(path)) {
    attempt(path, () => writeFileSync(path, text));
    return;
  }
  const target = resolveLink(path);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  attempt(path, () => {
    try {
      const file = openSync(temporary, 'w', mode ?? 0o644);
      try {
        const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      const wanted = mode ?? modeOf(target);
      if (wanted !== undefined) chmodSync(temporary, wanted);
      renameSync(temporary, target);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

function isStream(path: string): boolean {
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
