/** The program as a process: what its exit code says when its output cannot be written. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { test } from 'node:test';

const program = ['--import', 'tsx', 'host/main.ts', '--help'];

test('output that cannot be written is a run-time failure, said in one line', {
  skip: !existsSync('/dev/full') && 'this system has no /dev/full',
}, () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, program, {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  assert.equal(status, 3);
  assert.match(stderr, /^loadstar: cannot write the output: ENOSPC.*\n$/);
});

test('a reader that has seen enough is no failure', async () => {
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.destroy();
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
});
