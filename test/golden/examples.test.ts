/**
 * The examples of envoy/: each committed envoy.yaml is byte for byte what the shipped CLI makes of the manifests beside it, and the
 * real Envoy accepts it with the filter that ships. `LOADSTAR_GOLDEN=write` writes the files anew.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { envoyBinary } from '../support/binary.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const wasmInContainer = '/etc/envoy/loadstar.wasm';

/** Folders of envoy/ that docker-compose.yml can run. */
const folders = readdirSync(join(root, 'envoy'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .filter((name) => name === 'compose' || existsSync(join(root, 'envoy', name, 'in.yaml')))
  .sort();

/** As envoy/compose/README.md tells it. */
function translate(folder: string): string {
  const inputs = readdirSync(join(root, 'envoy', folder))
    .filter((name) => name.endsWith('.yaml') && name !== 'envoy.yaml')
    .sort()
    .flatMap((name) => ['-f', join('envoy', folder, name)]);
  const args = [
    'dist/loadstar.mjs',
    'translate',
    ...inputs,
    '--wasm',
    wasmInContainer,
    '--admin',
    '0.0.0.0:9901',
  ];
  const result = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  assert.equal(result.status, 0, `loadstar translate of envoy/${folder}:\n${result.stderr}`);
  assert.equal(result.stderr, '', 'an example is translated without a warning');
  return result.stdout;
}

test('every example that the documents ask for is there, with what it shows', () => {
  const wanted = [
    'canary-weights',
    'compose',
    'cookie-session',
    'grpc-orca-trailers',
    'header-affinity',
    'llm-server',
  ];
  for (const name of [...wanted, 'orca-weights', 'source-ip']) {
    assert.ok(folders.includes(name), `envoy/${name} is missing`);
    assert.ok(existsSync(join(root, 'envoy', name, 'README.md')), `envoy/${name}/README.md is missing`);
  }
});

for (const folder of folders) {
  test(`envoy/${folder}/envoy.yaml is what the companion makes of the manifests, and Envoy accepts it`, async () => {
    const emitted = translate(folder);
    const committed = join(root, 'envoy', folder, 'envoy.yaml');
    if (process.env.LOADSTAR_GOLDEN === 'write') writeFileSync(committed, emitted);
    assert.equal(readFileSync(committed, 'utf8'), emitted);

    const temporary = mkdtempSync(join(tmpdir(), 'loadstar-example-'));
    try {
      const file = join(temporary, 'envoy.yaml');
      writeFileSync(file, emitted.replaceAll(wasmInContainer, join(root, 'dist/loadstar.wasm')));
      const args = ['--mode', 'validate', '-c', file, '--log-level', 'warning'];
      const { status, stdout, stderr } = spawnSync(await envoyBinary(), args, { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      assert.match(stdout + stderr, /configuration '.*' OK/);
      assert.doesNotMatch(stderr, /deprecated/i);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });
}
