/** From a bootstrap to a command line: the folder that holds it, a binary or Docker's image, and Envoy's own opinion of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { EnvoyChoice } from './binary.ts';
import { RunError, reasonOf } from './errors.ts';
import { explainLog } from './log.ts';
import type { Machine } from './machine.ts';

export interface Launch {
  readonly envoy: EnvoyChoice;
  /** The bootstrap as text. */
  readonly config: string;
  readonly format: 'yaml' | 'json';
  /** Files that the configuration names (for Docker, which must see them). */
  readonly files: readonly string[];
  /** For the configuration, and removed with it; undefined: a new one. */
  readonly folder?: string;
}

/** The command line for an Envoy and the folders it must see. */
export function commandLine(envoy: EnvoyChoice, folder: string, files: readonly string[]): string[] {
  if (envoy.kind === 'binary') return [envoy.path];
  const mounts = [...new Set([folder, ...files.map((file) => dirname(file))])];
  const volumes = mounts.flatMap((path) => ['-v', `${path}:${path}`]);
  // Host network: listeners and backends are addresses of this machine. The image's entry point changes to the user
  // that ENVOY_UID names, which must be us: the folder is for our eyes alone.
  const [user, group] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const who = ['-e', `ENVOY_UID=${user}`, '-e', `ENVOY_GID=${group}`];
  const name = ['--name', containerName(folder)];
  return ['docker', 'run', '--rm', ...name, '--network', 'host', ...who, ...volumes, envoy.image, 'envoy'];
}

export const containerName = (folder: string): string => basename(folder);

/** For this user's eyes alone (mode 0700), to be removed by the caller. */
export const runFolder = (): string => mkdtempSync(join(tmpdir(), 'loadstar-run-'));

/** A folder of its own, to be removed by the caller. @throws {RunError} when it cannot be written. */
export function writeConfig(options: Launch): { folder: string; file: string } {
  try {
    const folder = options.folder ?? runFolder();
    const file = join(folder, `envoy.${options.format}`);
    writeFileSync(file, options.config);
    return { folder, file };
  } catch (error) {
    throw new RunError(
      `no place for Envoy's configuration: ${reasonOf(error)}; TMPDIR=FOLDER chooses another`,
    );
  }
}

/** Asks Envoy itself whether it would load the configuration (`--mode validate` loads the filter too). Undefined: it would. */
export async function refusal(machine: Machine, options: Launch): Promise<string | undefined> {
  const { folder, file } = writeConfig({ ...options, folder: undefined });
  try {
    const [command = '', ...first] = commandLine(options.envoy, folder, options.files);
    const args = [...first, '--mode', 'validate', '-c', file, '-l', 'error'];
    const { code, stdout, stderr } = await machine.run(command, args);
    return code === 0 ? undefined : explainLog(stderr || stdout) || `it ended with ${code}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
