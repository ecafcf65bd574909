/**
 * `loadstar run` under signals, as a process with an Envoy that takes milliseconds (fake-envoy.mjs): whenever
 * one comes, everything that was started ends and no folder stays. The real Envoy:
 * test/integration/signals.test.ts.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../support/eventually.ts';
import { ended, leftovers } from '../../support/leftovers.ts';

const program = fileURLToPath(new URL('../../../dist/loadstar.mjs', import.meta.url));
const manifest = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: eg}
spec: {gatewayClassName: eg, listeners: [{name: http, protocol: HTTP, port: 1}]}
`;

/** A shell script in Envoy's place: it notes its process and each stage, and hangs where it is told to. */
const envoy = (folder: string, hangs: 'validate' | 'ready' | 'never'): string => {
  const path = join(folder, 'envoy');
  const stall = 'sleep 60 & wait $!';
  writeFileSync(
    path,
    `#!/bin/sh
echo $$ >> ${folder}/pids
case "$*" in
*validate*) touch ${folder}/validate; ${hangs === 'validate' ? stall : 'exit 0'} ;;
*) touch ${folder}/start; ${hangs === 'ready' ? stall : `exec ${process.execPath} ${folder}/serve.mjs "$@"`} ;;
esac
`,
  );
  writeFileSync(
    join(folder, 'serve.mjs'),
    `import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
const server = createServer((request, response) => response.end(request.url === '/ready' ? 'LIVE' : '{}'));
server.listen(0, '127.0.0.1', () =>
  writeFileSync(process.argv[process.argv.indexOf('--admin-address-path') + 1], '127.0.0.1:' + server.address().port));
`,
  );
  chmodSync(path, 0o755);
  return path;
};

const moments: readonly (readonly [when: string, hangs: 'validate' | 'ready' | 'never', mark: string])[] = [
  ['while Envoy validates', 'validate', 'validate'],
  ['while Envoy is not ready', 'ready', 'start'],
  ['while it serves', 'never', 'start'],
];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  for (const [when, hangs, mark] of moments) {
    test(`${signal} ${when}: all ends, nothing stays`, async () => {
      await inFolder(async (folder, temporary) => {
        const child = start(folder, temporary, envoy(folder, hangs));
        await eventually(`Envoy ${mark}`, () => assert.ok(existsSync(join(folder, mark))));
        child.kill(signal);
        assert.deepEqual(await ended(child), { code: 0, signal: null });
        check(folder, temporary);
      });
    });
  }
}

test('a signal at any of many moments of a start: all ends, nothing stays', async () => {
  for (let ms = 0; ms <= 1_200; ms += 150) {
    await inFolder(async (folder, temporary) => {
      const child = start(folder, temporary, envoy(folder, 'never'));
      await new Promise((done) => setTimeout(done, ms));
      child.kill('SIGTERM');
      const { code, signal } = await ended(child);
      // Before the program has begun nobody is there to hear it.
      assert.ok(code === 0 || signal === 'SIGTERM', `after ${ms} ms: ${code} ${signal}`);
      check(folder, temporary);
    });
  }
});

test('standard input that never ends does not hold it', async () => {
  await inFolder(async (folder, temporary) => {
    const child = start(folder, temporary, envoy(folder, 'never'), '-');
    // More than a pipe holds: it is taken only when the program reads.
    await new Promise((done) => child.stdin!.write('#'.repeat(1 << 20), done));
    child.kill('SIGTERM');
    assert.deepEqual(await ended(child), { code: 0, signal: null });
    check(folder, temporary);
  });
});

test('a pipe in the place of a watched file is refused, and does not hold it', async () => {
  await inFolder(async (folder, temporary) => {
    const [input, pipe] = [join(folder, 'a.yaml'), join(folder, 'pipe')];
    execFileSync('mkfifo', [pipe]);
    const child = start(folder, temporary, envoy(folder, 'never'), input, 'pipe');
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream]?.on('data', (chunk) => {
        said[stream] += chunk;
      });
    await eventually('it serves', () => assert.notEqual(said.stdout, '', said.stderr));
    renameSync(pipe, input);
    await eventually('it is refused', () => assert.match(said.stderr, /a\.yaml is a pipe, not a file/));
    child.kill('SIGTERM');
    assert.deepEqual(await ended(child), { code: 0, signal: null });
    check(folder, temporary);
  });
});

async function inFolder(use: (folder: string, temporary: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-signals-'));
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  writeFileSync(join(folder, 'a.yaml'), manifest);
  try {
    await use(folder, temporary);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function start(
  folder: string,
  temporary: string,
  binary: string,
  input = join(folder, 'a.yaml'),
  output: 'ignore' | 'pipe' = 'ignore',
) {
  return spawn(
    process.execPath,
    [program, 'run', '-f', input, '--engine', 'native', '--admin', '127.0.0.1:0', '--envoy', binary],
    { stdio: ['pipe', output, output], env: { ...process.env, TMPDIR: temporary } },
  );
}

function check(folder: string, temporary: string): void {
  assert.deepEqual(readdirSync(temporary), []);
  const pids = readdirSync(folder).includes('pids')
    ? readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number)
    : [];
  assert.deepEqual(pids.filter(leftovers.alive), []);
}
