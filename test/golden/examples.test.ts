/**
 * The examples of envoy/: each committed envoy.yaml is byte for byte what the shipped CLI makes of the
 * manifests beside it, and the real Envoy accepts it with the filter that ships. `LOADSTAR_GOLDEN=write`
 * writes the files anew.
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

interface Example {
  /** What the CLI reads, below envoy/. */
  readonly input: string;
  /** Below envoy/ too. */
  readonly committed: string;
  readonly engine: 'filter' | 'native';
}
const examples: readonly Example[] = [
  ...readdirSync(join(root, 'envoy'))
    .filter((name) => existsSync(join(root, 'envoy', name, 'in.yaml')))
    .sort()
    .map((name) => ({
      input: `${name}/in.yaml`,
      committed: `${name}/envoy.yaml`,
      engine: 'filter' as const,
    })),
  { input: 'compose/manifests', committed: 'compose/envoy.yaml', engine: 'filter' },
  { input: 'compose/manifests', committed: 'compose/envoy-native.yaml', engine: 'native' },
];

/** As in envoy/compose/README.md. */
function translate({ input, engine }: Example): string {
  const options = ['--engine', engine, '--wasm', wasmInContainer, '--admin', '0.0.0.0:9901'];
  const args = ['dist/loadstar.mjs', 'translate', '-f', join('envoy', input), ...options];
  const result = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  assert.equal(result.status, 0, `${args.join(' ')}:\n${result.stderr}`);
  const unexpected = result.stderr.split('\n').filter((line) => !/ bound as \d+ /.test(line));
  assert.equal(unexpected.join('\n'), '', 'an example is translated without a warning');
  return result.stdout;
}

/** Where two texts part: enough to see what changed, without both of them on the screen. */
function firstDifference(committed: string, emitted: string): string | undefined {
  if (committed === emitted) return undefined;
  const [old, now] = [committed.split('\n'), emitted.split('\n')];
  const at = now.findIndex((line, i) => line !== old[i]);
  const i = at < 0 ? now.length : at;
  return `line ${i + 1}: committed "${old[i] ?? ''}", emitted "${now[i] ?? ''}" (LOADSTAR_GOLDEN=write writes it anew)`;
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
    assert.ok(existsSync(join(root, 'envoy', name, 'envoy.yaml')), `envoy/${name}/envoy.yaml is missing`);
    assert.ok(existsSync(join(root, 'envoy', name, 'README.md')), `envoy/${name}/README.md is missing`);
  }
});

for (const example of examples) {
  test(`envoy/${example.committed} is what the companion makes of the manifests, and Envoy accepts it`, async () => {
    const emitted = translate(example);
    const committed = join(root, 'envoy', example.committed);
    if (process.env.LOADSTAR_GOLDEN === 'write') writeFileSync(committed, emitted);
    assert.equal(firstDifference(readFileSync(committed, 'utf8'), emitted), undefined);

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
