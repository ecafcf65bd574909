/**
 * From a bootstrap to a command line: the folder that holds it, a binary or Docker's image, and Envoy's own
 * opinion of it.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { EnvoyChoice } from './binary.ts';
import { RunError, reasonOf } from './errors.ts';
import { explainLog } from './log.ts';
import type { Machine } from './machine.ts';
import { type Temporary, temporaryFolder } from './temporary.ts';

export interface Launch {
  readonly envoy: EnvoyChoice;
  /** The bootstrap as text. */
  readonly config: string;
  readonly format: 'yaml' | 'json';
  /** Files that the configuration names (for Docker, which must see them). */
  readonly files: readonly string[];
  /** For the configuration, and removed with it; undefined: a new one. */
  readonly folder?: Temporary;
}

/** The command line for an Envoy and the folders it must see. */
export function commandLine(envoy: EnvoyChoice, folder: string, files: readonly string[]): string[] {
  if (envoy.kind === 'binary') return [envoy.path];
  const mounts = [...new Set([folder, ...files.map((file) => dirname(file))])];
  const volumes = mounts.flatMap((path) => ['-v', `${path}:${path}`]);
  // Host network: listeners and backends are addresses of this machine. The image's entry point changes to
  // the user in ENVOY_UID. It must be our own user, because only that one may read the folder.
  const [user, group] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const who = ['-e', `ENVOY_UID=${user}`, '-e', `ENVOY_GID=${group}`];
  const name = ['--name', containerName(folder)];
  return ['docker', 'run', '--rm', ...name, '--network', 'host', ...who, ...volumes, envoy.image, 'envoy'];
}

export const containerName = (folder: string): string => basename(folder);

/** A folder that only this user can read (mode 0700). */
export const runFolder = (): Temporary => temporaryFolder(join(tmpdir(), 'loadstar-run-'));

/** Makes a new folder; the caller removes it. @throws {RunError} when it cannot be written. */
export function writeConfig(options: Launch): { folder: Temporary; file: string } {
  let folder: Temporary | undefined;
  try {
    folder = options.folder ?? runFolder();
    const file = join(folder.path, `envoy.${options.format}`);
    writeFileSync(file, options.config);
    return { folder, file };
  } catch (error) {
    folder?.remove();
    throw new RunError(
      `no place for Envoy's configuration: ${reasonOf(error)}; TMPDIR=FOLDER chooses another`,
    );
  }
}

/**
 * Asks Envoy itself whether it would load the configuration (`--mode validate` loads the filter too).
 * Undefined: it would load it.
 * @param signal Gives it up, with its reason.
 */
export async function refusal(
  machine: Machine,
  options: Launch,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { folder, file } = writeConfig({ ...options, folder: undefined });
  try {
    const [command = '', ...first] = commandLine(options.envoy, folder.path, options.files);
    const args = [...first, '--mode', 'validate', '-c', file, '-l', 'error'];
    const { code, stdout, stderr, signal: ended } = await machine.run(command, args, { signal });
    signal?.throwIfAborted();
    if (ended !== undefined) return crashed(options.envoy, ended);
    return code === 0 ? undefined : explainLog(stderr || stdout) || `it ended with ${code}`;
  } finally {
    folder.remove();
  }
}

/** Not a word of its own: the file is cut short, or made for another machine. */
const crashed = (envoy: EnvoyChoice, signal: string): string =>
  envoy.kind === 'binary'
    ? `${envoy.path} (found: ${envoy.how}) was ended by ${signal}. Is the file whole, and for this machine? Try ${envoy.path} --version`
    : `${envoy.image} was ended by ${signal}`;
