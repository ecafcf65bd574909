/** The command that ships, run as a process: what is measured is what a user runs. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bootstrap } from './types.ts';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const cliFile = join(root, 'dist/loadstar.mjs');
export const wasmFile = join(root, 'dist/loadstar.wasm');

/** Throws unless both artifacts are built. */
export function requireBuild(): void {
  for (const file of [cliFile, wasmFile]) {
    if (!existsSync(file)) throw new Error(`${file} is missing: npm run build`);
  }
}

/** `translate` of manifests to a bootstrap; throws what the command says when it refuses them. */
export function translate(manifests: string, engine: 'filter' | 'native'): Bootstrap {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-bench-'));
  try {
    return translateInto(folder, manifests, engine);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same in a folder that stays, for what lies beside the bootstrap: certificates. */
export function translateInto(folder: string, manifests: string, engine: 'filter' | 'native'): Bootstrap {
  const input = join(folder, 'in.yaml');
  const output = join(folder, 'envoy.json');
  mkdirSync(folder, { recursive: true });
  writeFileSync(input, manifests);
  const run: SpawnSyncReturns<string> = spawnSync(
    process.execPath,
    [cliFile, 'translate', '-f', input, '-o', output, '--engine', engine, '--format', 'json'],
    { encoding: 'utf8' },
  );
  if (run.status !== 0) throw new Error(`translate ended with ${run.status}:\n${run.stderr}`);
  return onLoopback(JSON.parse(readFileSync(output, 'utf8')) as Bootstrap);
}

/** Listens on a free port of 127.0.0.1 instead of the Gateway's: several Envoys run at once. */
function onLoopback(bootstrap: Bootstrap): Bootstrap {
  for (const listener of bootstrap.static_resources.listeners) {
    listener.address = { socket_address: { address: '127.0.0.1', port_value: 0 } };
  }
  return bootstrap;
}
