/** Every golden input: Envoy Gateway's cases, the examples, and the manifest that uses every field. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bootstrap } from '../../host/envoy/envoy-types.ts';
import type { Engine } from '../../host/filter/options.ts';
import { translate } from '../../host/translate.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Paths of the files of each. */
export const inputs: readonly (readonly string[])[] = [
  ...filesIn('test/golden/oracle/cases').map((file) => [file]),
  ...readdirSync(join(root, 'envoy'))
    .map((name) => (existsSync(join(root, 'envoy', name, 'manifests')) ? `${name}/manifests` : name))
    .map((name) => filesIn(`envoy/${name}`).filter((file) => !file.endsWith('/envoy.yaml')))
    .filter((files) => files.length > 0),
  ['test/property/everything.yaml'],
];

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .map((name) => `${folder}/${name}`)
    .filter((path) => statSync(join(root, path)).isFile() && path.endsWith('.yaml'));
}

/** What is written of it, as plain JSON. */
export function emitted(
  files: readonly string[],
  engine: Engine,
  options: { readonly wasm: string; readonly zone?: string },
): Bootstrap {
  const sources = files.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
  const admin = { address: '127.0.0.1', port: 1 };
  const rateLimitService = { address: '127.0.0.1', port: 2, failClosed: true };
  const given = { engine, admin, strict: false, globalLimits: true, rateLimitService, ...options };
  return JSON.parse(JSON.stringify(translate(sources, given).bootstrap));
}
