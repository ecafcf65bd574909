/**
 * Manifests → Envoy configuration by the command that ships (dist/loadstar.mjs), so that tests run what a
 * user runs.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bootstrap } from './envoy.ts';
import { type Manifest, render } from './manifests.ts';

export type Engine = 'filter' | 'native';

const artifact = (name: string): string => {
  const path = fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));
  if (!existsSync(path)) throw new Error(`dist/${name} is missing: npm run build`);
  return path;
};
export const cliPath = (): string => artifact('loadstar.mjs');
export const wasmPath = (): string => artifact('loadstar.wasm');

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the CLI; never throws on its exit code. */
export function cli(args: readonly string[], stdin = ''): Promise<CliResult> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [cliPath(), ...args], { stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.on('error', fail);
    child.on('close', (code) => done({ code, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
  });
}

/**
 * The bootstrap as a user writes it who has certificates: `envoy.json` in the folder, and their files beside
 * it. Throws what the command said when it refuses the manifests.
 */
export async function translateInto(folder: string, manifests: readonly Manifest[]): Promise<Bootstrap> {
  const [input, output] = [join(folder, 'in.yaml'), join(folder, 'envoy.json')];
  writeFileSync(input, render(manifests));
  const { code, stderr } = await cli(['translate', '-f', input, '-o', output, '--format', 'json']);
  if (code !== 0) throw new Error(`translate ended with ${code}: ${stderr}`);
  return JSON.parse(readFileSync(output, 'utf8')) as Bootstrap;
}

/** The bootstrap for an engine. Throws what the command said when it refuses the manifests. */
export async function translate(
  manifests: readonly Manifest[] | string,
  engine: Engine,
  options: { readonly wasm?: string; readonly more?: readonly string[] } = {},
): Promise<Bootstrap> {
  const text = typeof manifests === 'string' ? manifests : render(manifests);
  const args = [
    'translate',
    '-f',
    '-',
    '--engine',
    engine,
    '--format',
    'json',
    ...(options.wasm === undefined ? [] : ['--wasm', options.wasm]),
    ...(options.more ?? []),
  ];
  const { code, stdout, stderr } = await cli(args, text);
  if (code !== 0) throw new Error(`translate exited with ${code}:\n${stderr}`);
  return JSON.parse(stdout) as Bootstrap;
}
