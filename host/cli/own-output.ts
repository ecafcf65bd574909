/** An output that is an input: writing it would destroy a manifest, or be read as one the next time. */
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { isManifestName } from '../manifests/read.ts';
import { UsageError } from '../run/errors.ts';
import { resolveLink } from './write-file.ts';

/**
 * @param option Names the output, as `-o`.
 * @param read What was read.
 * @throws {UsageError} when `path` is one of the files (by whatever name, also by a link of either kind), or
 *   would be a manifest in one of the folders.
 */
export function refuseInput(
  option: string,
  path: string,
  { files, folders }: { readonly files: readonly string[]; readonly folders: readonly string[] },
): void {
  const target = resolveLink(path);
  const id = identity(target);
  const same = files.find((file) => id !== undefined && identity(file) === id);
  if (same !== undefined)
    throw new UsageError(`${option} ${path} is ${same}, which is read with -f: it would be overwritten`);
  if (!isManifestName(basename(target))) return;
  const folder = folders.find((one) => isBelow(real(one), join(real(dirname(target)), basename(target))));
  if (folder !== undefined)
    throw new UsageError(
      `${option} ${path} lies in ${folder}, which is read with -f: the next time it would be read as a manifest. Write it elsewhere`,
    );
}

const isBelow = (folder: string, path: string): boolean => !/^\.\.(\/|$)/.test(relative(folder, path));

function identity(path: string): string | undefined {
  try {
    const { dev, ino, nlink } = statSync(path);
    return nlink === 0 ? undefined : `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
