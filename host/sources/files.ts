/**
 * Watches the files and folders that manifests are read from: edits, files that come and go, the swapped
 * symbolic links of a ConfigMap, a folder that is removed and back. The kernel's notices (one inotify
 * instance for all) tell at once; a look at everything each few seconds finds what they miss: network file
 * systems, links into folders that are not watched.
 */
import { type FSWatcher, watch } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

export interface FileWatchOptions {
  /** Quiet time after a notice before it is told: an editor writes in several steps. Milliseconds. */
  readonly debounceMs?: number;
  /** Between two looks at everything. Milliseconds. */
  readonly rescanMs?: number;
}
const DEBOUNCE_MS = 60;
const RESCAN_MS = 3_000;
/** A steady stream of notices is told at the latest after this time. */
const LATEST_MS = 1_000;
/** Folders that are watched at once; those beyond are found by the look at everything. */
const MAX_FOLDERS = 4_096;
/** Below that depth links may make a circle. */
const MAX_DEPTH = 32;

export interface FileWatch {
  /** No callback comes after it. */
  close(): void;
}

/**
 * @param paths Files and folders, as they are given to readManifests.
 * @param onChange Called when something below the paths is not what it was before. Not called for the state
 *   at the beginning.
 */
export async function watchFiles(
  paths: readonly string[],
  onChange: () => void,
  options: FileWatchOptions = {},
): Promise<FileWatch> {
  const debounceMs = options.debounceMs ?? DEBOUNCE_MS;
  const watchers = new Map<string, FSWatcher>();
  let seen = await look(paths);
  let closed = false;
  let noticed: number | undefined;
  let quiet: NodeJS.Timeout | undefined;
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
  const notice = (): void => {
    if (closed) return;
    noticed ??= Date.now();
    clearTimeout(quiet);
    const wait = Math.max(0, Math.min(debounceMs, noticed + LATEST_MS - Date.now()));
    quiet = setTimeout(() => {
      noticed = undefined;
      schedule();
    }, wait);
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
    close() {
      closed = true;
      clearTimeout(quiet);
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

async function look(paths: readonly string[]): Promise<Look> {
  const files: string[] = [];
  const folders = new Set<string>();
  const visit = async (path: string, depth: number): Promise<void> => {
    const found = await stat(path, { bigint: true }).catch(() => undefined);
    if (found === undefined) {
      files.push(`${path} -`);
      // Its return is an event of the nearest folder above it that is there.
      folders.add(await nearestFolder(path));
      return;
    }
    const real = await realpath(path).catch(() => path);
    if (found.isDirectory()) {
      folders.add(real);
      // Removed and made again, it is another folder with the same path.
      files.push(`${path} ${found.ino}`);
      if (depth >= MAX_DEPTH) return;
      const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        // As readManifests: a linked folder is not entered. Its own swap is an event of this folder.
        const below = join(path, entry.name);
        if (entry.isDirectory() || entry.isFile()) await visit(below, depth + 1);
        else if (entry.isSymbolicLink()) await visitLink(below, depth + 1);
      }
      return;
    }
    folders.add(dirname(real));
    files.push(`${path} ${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`);
  };
  const visitLink = async (path: string, depth: number): Promise<void> => {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) await visit(path, depth);
  };
  for (const path of paths.filter((path) => path !== '-')) {
    // The folder of a file too: editors replace a file, and a ConfigMap swaps a link beside it.
    folders.add(await nearestFolder(path));
    await visit(path, 0);
  }
  return { print: files.join('\n'), folders };
}

async function nearestFolder(path: string): Promise<string> {
  let folder = dirname(resolve(path));
  while (folder !== dirname(folder)) {
    const found = await stat(folder).catch(() => undefined);
    if (found?.isDirectory()) return folder;
    folder = dirname(folder);
  }
  return folder;
}
