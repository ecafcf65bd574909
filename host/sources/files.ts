/**
 * Watches the files and folders that manifests are read from: edits, files that come and go, the swapped
 * symbolic links of a ConfigMap, a folder that is removed and back. The kernel's notices (one inotify
 * instance for all) tell at once; a look at everything each few seconds finds what they miss: network file
 * systems, links into folders that are not watched.
 */
import { type BigIntStats, type FSWatcher, readdirSync, realpathSync, statSync, watch } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setImmediate as others } from 'node:timers/promises';
import { Debounce } from '../basics/debounce.ts';

export interface FileWatchOptions {
  /** Quiet time after a notice before it is told: an editor writes in several steps. Milliseconds. */
  readonly debounceMs?: number;
  /** Between two looks at everything. Milliseconds. */
  readonly rescanMs?: number;
}
const DEBOUNCE_MS = 40;
const RESCAN_MS = 3_000;
/** A steady stream of notices is told at the latest after this time. */
const LATEST_MS = 1_000;
/** Folders that are watched at once; those beyond are found by the look at everything. */
const MAX_FOLDERS = 4_096;
/** Below that depth links may make a circle. */
const MAX_DEPTH = 32;

export interface FileWatch {
  /**
   * @param onChange Called from now on when something below the paths is not what it was before; also now, if
   *   that is so since the watch began.
   */
  tell(onChange: () => void): void;
  /** No callback comes after it. */
  close(): void;
}

/**
 * Begun before the files are read, so that no change falls between the two.
 * @param paths Files and folders, as they are given to readManifests.
 */
export async function watchFiles(
  paths: readonly string[],
  options: FileWatchOptions = {},
): Promise<FileWatch> {
  const watchers = new Map<string, FSWatcher>();
  let seen = await look(paths);
  let closed = false;
  let missed = false;
  let onChange = (): void => {
    missed = true;
  };
  let looking: Promise<void> = Promise.resolve();

  const check = async (): Promise<void> => {
    if (closed) return;
    const now = await look(paths);
    if (closed) return;
    follow(now.folders);
    if (now.print === seen.print) return;
    seen = now;
    onChange();
  };
  const schedule = (): void => {
    looking = looking.then(check).catch(() => {});
  };
  const debounce = new Debounce(options.debounceMs ?? DEBOUNCE_MS, LATEST_MS, schedule);
  const notice = (): void => {
    if (!closed) debounce.notice();
  };
  const follow = (folders: ReadonlySet<string>): void => {
    for (const [folder, watcher] of watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    for (const folder of folders) {
      if (watchers.has(folder) || watchers.size >= MAX_FOLDERS) continue;
      try {
        const watcher = watch(folder, { persistent: false }, notice);
        watcher.on('error', () => {
          watcher.close();
          watchers.delete(folder);
        });
        watchers.set(folder, watcher);
      } catch {
        // Gone, or no watch is left: the look at everything finds what changes there.
      }
    }
  };

  follow(seen.folders);
  const rescan = setInterval(schedule, options.rescanMs ?? RESCAN_MS);
  rescan.unref();
  return {
    tell(callback) {
      onChange = callback;
      if (missed) callback();
      missed = false;
    },
    close() {
      closed = true;
      debounce.close();
      clearInterval(rescan);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

interface Look {
  /** Path, inode, size and times of every file: differs when one is written, replaced, added or removed. */
  readonly print: string;
  /** Those in which something may happen. */
  readonly folders: ReadonlySet<string>;
}

/** Looked at in one go, some milliseconds; then whatever else waits has its turn. */
const FILES_AT_ONCE = 1_000;

/** Without promises for each file, which would cost five times as much. */
async function look(paths: readonly string[]): Promise<Look> {
  const files: string[] = [];
  const folders = new Set<string>();
  const visitFolder = async (path: string, ino: bigint, depth: number): Promise<void> => {
    folders.add(orElse(() => realpathSync.native(path), path));
    // Removed and made again, it is another folder with the same path.
    files.push(`${path} ${ino}`);
    if (depth >= MAX_DEPTH) return;
    const entries = orElse(() => readdirSync(path, { withFileTypes: true }), []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (files.length % FILES_AT_ONCE === 0) await others();
      const below = join(path, entry.name);
      const found = statOf(below);
      if (found === undefined) continue;
      if (entry.isDirectory()) await visitFolder(below, found.ino, depth + 1);
      // As readManifests: a linked folder is not entered. Its own swap is an event of this folder.
      else if (found.isFile()) visitFile(below, found, entry.isSymbolicLink());
    }
  };
  const visitFile = (path: string, found: BigIntStats, named: boolean): void => {
    if (named) folders.add(dirname(orElse(() => realpathSync.native(path), path)));
    files.push(`${path} ${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`);
  };
  for (const path of paths.filter((path) => path !== '-')) {
    // The folder of a file too: editors replace a file, and a ConfigMap swaps a link beside it. Its return is
    // an event of the nearest folder above it that is there.
    folders.add(nearestFolder(path));
    const found = statOf(path);
    if (found === undefined) files.push(`${path} -`);
    else if (found.isDirectory()) await visitFolder(path, found.ino, 0);
    else visitFile(path, found, true);
  }
  return { print: files.join('\n'), folders };
}

function nearestFolder(path: string): string {
  let folder = dirname(resolve(path));
  while (folder !== dirname(folder) && statOf(folder)?.isDirectory() !== true) folder = dirname(folder);
  return folder;
}

const statOf = (path: string): BigIntStats | undefined =>
  orElse(() => statSync(path, { bigint: true }), undefined);

/** It may be gone by now, or not be ours to see. */
function orElse<T>(get: () => T, otherwise: T): T {
  try {
    return get();
  } catch {
    return otherwise;
  }
}
