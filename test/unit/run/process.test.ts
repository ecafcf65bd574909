/**
 * Start, readiness, death and stop, with an Envoy that takes milliseconds (fake-envoy.mjs). The real one:
 * test/integration.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { refusal } from '../../../host/run/command-line.ts';
import { RunError } from '../../../host/run/errors.ts';
import { thisMachine } from '../../../host/run/machine.ts';
import { type StartOptions, startEnvoy } from '../../../host/run/process.ts';

const path = fileURLToPath(new URL('./fake-envoy.mjs', import.meta.url));
const options = (behaviour: object, over: Partial<StartOptions> = {}): StartOptions => ({
  envoy: { kind: 'binary', path, how: 'the test' },
  config: JSON.stringify(behaviour),
  format: 'json',
  files: [],
  ...over,
});
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('it is ready when the admin says so, and gone when it is stopped', async () => {
  const envoy = await startEnvoy(options({}));
  assert.equal(await envoy.admin.state(), 'LIVE');
  assert.deepEqual(await envoy.admin.listeners(), [{ name: 'l', address: '127.0.0.1', port: 7 }]);
  await envoy.stop();
  assert.equal(alive(envoy.pid), false);
  await envoy.stop();
});

test('one that does not obey is ended by force', async () => {
  const envoy = await startEnvoy(options({ ignoreTerm: true }));
  await envoy.stop(0);
  assert.equal((await envoy.ended).signal, 'SIGKILL');
});

test('not ready in time: the last reason is told, and nothing is left running', async () => {
  await assert.rejects(startEnvoy(options({ neverReady: true }, { readyMs: 300 })), (error: Error) => {
    assert.ok(error instanceof RunError);
    assert.match(error.message, /not ready after 0\.3 s: (INITIALIZING|its admin address is not bound)/);
    return true;
  });
});

test('an end before it is ready tells what Envoy said', async () => {
  await assert.rejects(
    startEnvoy(options({ dieAtOnce: 'cannot bind 0.0.0.0:80' })),
    /did not start: cannot bind 0\.0\.0\.0:80/,
  );
});

test('a later end is told with what was said last', async () => {
  const lines: string[] = [];
  const envoy = await startEnvoy(
    options({ dieLater: 'assert failure' }, { onLog: (line) => lines.push(line) }),
  );
  const { code, log } = await envoy.ended;
  assert.equal(code, 1);
  assert.match(log, /assert failure/);
  assert.equal(lines.length, 1);
});

test('a start can be given up', async () => {
  const stop = new AbortController();
  const starting = startEnvoy(options({ neverReady: true }, { signal: stop.signal }));
  stop.abort();
  await assert.rejects(starting, /stopped before/);
});

test('a program that is not there is an error with its name', async () => {
  const envoy = { kind: 'binary' as const, path: '/nowhere/envoy', how: 'the test' };
  await assert.rejects(startEnvoy(options({}, { envoy })), /\/nowhere\/envoy/);
});

test('validation: nothing when it is taken, else the reason', async () => {
  assert.equal(await refusal(thisMachine(), options({})), undefined);
  assert.equal(await refusal(thisMachine(), options({ refuse: 'no such field: x' })), 'no such field: x');
});

test('no folder of a configuration is left behind', async () => {
  const own = mkdtempSync(join(tmpdir(), 'loadstar-test-'));
  const { TMPDIR } = process.env;
  process.env.TMPDIR = own;
  try {
    await refusal(thisMachine(), options({}));
    assert.deepEqual(readdirSync(own), []);
    const envoy = await startEnvoy(options({}));
    assert.equal(readdirSync(own).length, 1);
    await envoy.stop();
    assert.deepEqual(readdirSync(own), []);
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    rmSync(own, { recursive: true, force: true });
  }
});

test('a temporary folder that is not there is a failure at run time, and says what chooses another', async () => {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = '/nowhere/at/all';
  try {
    await assert.rejects(
      refusal(thisMachine(), options({})),
      (error) => error instanceof RunError && /nowhere.*TMPDIR=FOLDER chooses another/.test(error.message),
    );
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
});
