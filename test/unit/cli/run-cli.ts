/** Runs the CLI in this process with streams that are strings. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli } from '../../../host/cli/cli.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param home Else a folder without a filter, so that a test chooses by --wasm or --engine. */
export async function run(
  argv: readonly string[],
  stdin = '',
  env: Record<string, string> = {},
  home = '/nowhere/dist',
): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const code = await cli(argv, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    stdin: async () => stdin,
    env,
    color: false,
    home,
    version: '1.2.3',
    onStop: () => () => {},
  });
  return { code, stdout, stderr };
}

/** A folder of its own for one test. */
export function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-cli-'));
  return use(folder).finally(() => rmSync(folder, { recursive: true, force: true }));
}
