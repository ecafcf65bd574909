/**
 * Files, folders and standard input → texts. The only part of the translation that reads from disk. A path
 * that cannot be read becomes a diagnostic, and the others are still read. A file named twice is read once.
 * Only regular files are read: a pipe in a file's place may give nothing for ever, and the thread that waits
 * for it keeps the process from its end. Without promises, which cost ten times as much as a small file does.
 */
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { maxFileBytes } from './caps.ts';
import { decodeText } from './decode.ts';
import type { Source } from './documents.ts';
import { isKustomizationName } from './kustomize.ts';

/** What a folder's files must be called to be read. */
export const isManifestName = (name: string): boolean => /\.(ya?ml|json)$/.test(name);
/** Folders that hold no manifest of the user's. */
const passedOver: ReadonlySet<string> = new Set(['.git', 'node_modules']);

interface ReadFiles {
  readonly sources: Source[];
  /** Every file that was opened, also one that is no text. */
  readonly files: readonly string[];
  /** The folders among `paths`. */
  readonly folders: readonly string[];
  readonly diagnostics: Diagnostic[];
}

/** `paths`: a file, a folder (every .yaml, .yml and .json below it, sorted by path) or `-` for `stdin`. */
export async function readManifests(
  paths: readonly string[],
  stdin: () => Promise<string | Uint8Array>,
): Promise<ReadFiles> {
  const sources: Source[] = [];
  const folders: string[] = [];
  const foreign: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  const readOne = (file: string, listed = false): void => {
    const stats = statSync(file);
    if (!stats.isFile()) {
      diagnostics.push(notRegular(file, stats));
      return;
    }
    const real = realpathSync.native(file);
    if (seen.has(real)) return;
    seen.add(real);
    if (stats.size > maxFileBytes) diagnostics.push(tooLarge(file));
    else take(file, bytesOf(file), listed);
  };
  /** `listed`: nobody named it, it stands in a folder. */
  const take = (file: string, bytes: string | Uint8Array, listed = false): void => {
    if (bytes.length > maxFileBytes) {
      diagnostics.push(tooLarge(file));
      return;
    }
    const decoded = decodeText(file, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    if (!decoded.ok) {
      diagnostics.push(decoded.diagnostic);
      sources.push({ file, text: decoded.text, undecoded: true });
    } else if (listed && !isBlank(decoded.text) && !looksLikeManifest(file, decoded.text)) foreign.push(file);
    else sources.push({ file, text: decoded.text });
  };
  for (const path of paths) {
    try {
      if (path === '-') {
        if (!seen.has('-')) take('<stdin>', await stdin());
        seen.add('-');
      } else if (statSync(path).isDirectory()) {
        const files = manifestsBelow(path);
        folders.push(path);
        if (files.length === 0) diagnostics.push(nothingIn(path));
        for (const file of files) readOne(file, true);
      } else readOne(path);
    } catch (error) {
      diagnostics.push(unreadable(path, error as NodeJS.ErrnoException));
    }
  }
  if (foreign.length > 0) diagnostics.push(noManifests(foreign));
  return { sources, files: [...seen].filter((file) => file !== '-'), folders, diagnostics };
}

/** It may have been a manifest until now. */
const isBlank = (text: string): boolean => text.trim() === '';

/** Tools keep their own YAML beside the manifests. One with a mistyped apiVersion is still read, and told. */
const looksLikeManifest = (file: string, text: string): boolean =>
  isKustomizationName(basename(file)) || /apiversion/i.test(text) || /(?:^|[\s"{,])kind"?[ \t]*:/.test(text);

function manifestsBelow(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const kind = entry.isSymbolicLink() ? linked(path) : entry;
    // Linked folders are not entered, because links can form a circle.
    if (entry.isDirectory()) {
      if (!passedOver.has(entry.name)) for (const below of manifestsBelow(path)) found.push(below);
    } else if (kind?.isDirectory() === false && isManifestName(entry.name)) found.push(path);
  }
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Without waiting: it may have become a pipe since it was looked at. */
function bytesOf(path: string): Uint8Array {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Undefined: it leads nowhere. */
function linked(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

const nothingIn = (path: string): Diagnostic => ({
  code: 'input-empty',
  severity: 'error',
  message: `The folder ${path} holds no manifest.`,
  value: path,
  rule: 'Manifests in a folder are files that end in .yaml, .yml or .json.',
});

const notRegular = (path: string, stats: Stats): Diagnostic => ({
  code: 'input-unreadable',
  severity: 'error',
  message: `${path} is ${stats.isFIFO() ? 'a pipe' : stats.isSocket() ? 'a socket' : 'a device'}, not a file.`,
  value: path,
  rule: 'Manifests are read from regular files, from folders and from standard input.',
  hint: 'Write its content to a file, or give -f - and pipe it: COMMAND | loadstar … -f -',
});

const tooLarge = (path: string): Diagnostic => ({
  code: 'input-too-large',
  severity: 'error',
  message: `${path} is larger than ${maxFileBytes / 1024 / 1024} MiB.`,
  value: path,
  rule: `A file of manifests may have ${maxFileBytes} bytes.`,
  hint: 'Is it the right file? Give it in several parts.',
});

const SHOWN = 5;
const noManifests = (files: readonly string[]): Diagnostic => ({
  code: 'input-not-manifest',
  severity: 'notice',
  message: `${files.length === 1 ? '1 file is no manifest' : `${files.length} files are no manifests`} (no apiVersion, no kind) and left out: ${files.slice(0, SHOWN).join(', ')}${files.length > SHOWN ? ', …' : ''}.`,
});

function unreadable(path: string, error: NodeJS.ErrnoException): Diagnostic {
  const reason =
    error.code === 'ENOENT'
      ? 'does not exist'
      : error.code === 'EACCES'
        ? 'may not be read by this user'
        : `cannot be read (${error.code ?? error.message})`;
  return {
    code: 'input-unreadable',
    severity: 'error',
    message: `The path ${path} ${reason}.`,
    value: path,
    hint: 'Give -f a file, a folder, or - for standard input.',
  };
}
