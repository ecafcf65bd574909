/**
 * Files, folders and standard input → texts. The only file of the translation that touches the disk. A path that cannot
 * be read is a diagnostic; the others are read all the same. A file named twice is read once.
 */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { decodeText } from './decode.ts';
import type { Source } from './documents.ts';

const manifestName = /\.(ya?ml|json)$/;

/** `paths`: a file, a folder (every .yaml, .yml and .json below it, sorted by path) or `-` for `stdin`. */
export async function readManifests(
  paths: readonly string[],
  stdin: () => Promise<string | Uint8Array>,
): Promise<{ sources: Source[]; diagnostics: Diagnostic[] }> {
  const sources: Source[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  const readOne = async (file: string): Promise<void> => {
    const real = await realpath(file);
    if (seen.has(real)) return;
    seen.add(real);
    take(file, await readFile(file));
  };
  const take = (file: string, bytes: string | Uint8Array): void => {
    const decoded = decodeText(file, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    if (decoded.ok) sources.push({ file, text: decoded.text });
    else diagnostics.push(decoded.diagnostic);
  };
  for (const path of paths) {
    try {
      if (path === '-') {
        if (!seen.has('-')) take('<stdin>', await stdin());
        seen.add('-');
      } else if ((await stat(path)).isDirectory()) {
        const files = await manifestsBelow(path);
        if (files.length === 0) diagnostics.push(nothingIn(path));
        for (const file of files) await readOne(file);
      } else await readOne(path);
    } catch (error) {
      diagnostics.push(unreadable(path, error as NodeJS.ErrnoException));
    }
  }
  return { sources, diagnostics };
}

async function manifestsBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const kind = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
    // A linked folder is not entered: links can make a circle.
    if (entry.isDirectory()) found.push(...(await manifestsBelow(path)));
    else if (kind?.isFile() && manifestName.test(entry.name)) found.push(path);
  }
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

const nothingIn = (path: string): Diagnostic => ({
  code: 'input-empty',
  severity: 'error',
  message: `The folder ${path} holds no manifest.`,
  value: path,
  rule: 'Manifests in a folder are files that end in .yaml, .yml or .json.',
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
