/**
 * What goes wrong around `loadstar run` under load: bad input of each kind, a folder that goes away, a killed
 * process, a full disk. It is told, what Envoy has stays, and the next good change ends it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { assemble } from '../../support/assemble.ts';
import { envoyBinary } from '../../support/binary.ts';
import { eventually } from '../../support/eventually.ts';
import { leftovers } from '../../support/leftovers.ts';
import { LiveRun } from '../../support/live-run.ts';
import { Scene, unharmed } from '../../support/live-scene.ts';
import { World } from '../../support/live-world.ts';
import { httpRoute, render } from '../../support/manifests.ts';
import { cliPath, wasmPath } from '../../support/translate.ts';

let world: World;
const folder = mkdtempSync(join(tmpdir(), 'loadstar-faults-'));
/** A copy, which a test may damage. */
const wasm = join(folder, 'filter.wasm');
before(async () => {
  world = await World.start(28_160);
});
beforeEach(() => copyFileSync(wasmPath(), wasm));
after(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
});
const scene = () =>
  Scene.start(world.manifests(), {
    port: world.port,
    paths: ['/cart', '/other'],
    backends: world.backends,
    args: ['--wasm', wasm],
  });

/** Run folders that belong to a TMPDIR of its own. */
function ownTemporary(): { readonly env: NodeJS.ProcessEnv; folders(): string[] } {
  const path = mkdtempSync(join(folder, 't'));
  return { env: { TMPDIR: path }, folders: () => readdirSync(path) };
}

test('bad input of each kind is told by its place or in words, and harms nothing', async () => {
  const text = render(world.manifests());
  const here = await scene();
  const route = (spec: string) =>
    `{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "x"}, "spec": ${spec}}`;
  const bad: readonly (readonly [string, string, RegExp])[] = [
    ['cut short', text.slice(0, text.length / 2), /all\.yaml:\d+:\d+: error: .*\[yaml-/],
    ['no YAML', 'kind: [', /all\.yaml:\d+:\d+: error/],
    [
      'a field of another type',
      `${text}\n---\n${route('{"rules": 7}')}`,
      /all\.yaml:\d+:\d+: error: rules must be a list/,
    ],
    [
      'a field that is none',
      text.replace('"hostnames"', '"hostnamez"'),
      /error: spec\.hostnamez|hostnamez is not a field/,
    ],
    ['a port out of range', text.replace(`"port": ${world.port}`, '"port": 70000'), /error: .*port/],
    ['routes alone', route('{}'), /the input has no Gateway any more/],
    [
      'nothing that listens',
      '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}',
      /no Gateway of/,
    ],
    ['an empty file', '', /error/],
  ];
  try {
    for (let round = 0; round < 3; round++) {
      for (const [what, manifests, line] of bad) {
        const from = here.run.err.length;
        await here.run.change(`# ${round} ${what}\n${manifests}`, /what Envoy has stays/);
        assert.match(here.run.err.slice(from), line, what);
      }
      await here.run.change(`# ${round}\n${text}`, /good again/);
    }
    await here.change(world.manifests({ hosts: world.hosts }), /\+127\.0\.0\.14/);
    await unharmed(here);
  } finally {
    assert.equal(await here.stop(), 0);
  }
});

test('what the filter refuses is not published; what Envoy refuses is told in its words', async () => {
  const here = await scene();
  try {
    writeFileSync(wasm, await assemble('refuse'));
    await here.refused(
      world.manifests({ hosts: world.hosts }),
      /The filter refuses its configuration.*refused by the test; what Envoy has stays/,
    );
    rmSync(wasm);
    const said = await here.refused(
      world.manifests({ hosts: world.hosts.slice(0, 2) }),
      /Envoy refuses the filter configurations of loadstar\.select\/default\/eg\/http: .*filter\.wasm.*; what Envoy/,
    );
    assert.match(said, /-127\.0\.0\.13/);
    copyFileSync(wasmPath(), wasm);
    await here.change(world.manifests({ hosts: world.hosts }), /\+127\.0\.0\.14/);
    await unharmed(here);
  } finally {
    await here.stop();
  }
});

test('the folder is removed and back, and so is its file', async () => {
  const here = await scene();
  try {
    renameSync(here.run.folder, `${here.run.folder}-away`);
    await eventually('told', () => assert.match(here.run.err, /does not exist[\s\S]*what Envoy has stays/));
    await here.steady();
    renameSync(`${here.run.folder}-away`, here.run.folder);
    await eventually('and its end', () => assert.match(here.run.out, /good again/));
    rmSync(join(here.run.folder, 'all.yaml'));
    await eventually('told', () => assert.equal(here.run.err.match(/what Envoy has stays/g)?.length, 2));
    await here.change(world.manifests({ hosts: world.hosts }), /\+127\.0\.0\.14/);
    await unharmed(here);
  } finally {
    await here.stop();
  }
});

test('a file that is cut to nothing takes nothing away', async () => {
  const here = await scene();
  const more = join(here.run.folder, 'more.yaml');
  try {
    writeFileSync(more, render([httpRoute({ name: 'more' })]));
    await eventually('it counts', () => assert.match(here.run.out, /more.*acknowledged/));
    writeFileSync(more, '');
    const told = /a file of the input gives nothing any more; what Envoy has stays/;
    await eventually('told', () => assert.match(here.run.err, told));
    const before = here.run.out.length;
    rmSync(more);
    await eventually('it goes', () => assert.match(here.run.out.slice(before), /more.*acknowledged/));
    await unharmed(here);
  } finally {
    await here.stop();
  }
});

test('a file that is saved while Envoy starts is not missed', async () => {
  const late = mkdtempSync(join(folder, 'late'));
  const [input, next, envoy] = [join(late, 'a.yaml'), join(late, 'next'), join(late, 'envoy')];
  writeFileSync(input, render([httpRoute({ name: 'late', path: '/before' })]));
  writeFileSync(next, render([httpRoute({ name: 'late', path: '/after' })]));
  // Envoy's check of the first translation is the moment: by then the file has been read.
  const save = `case "$*" in *validate*) mv ${next} ${input} ;; esac`;
  writeFileSync(envoy, `#!/bin/sh\n${save}\nexec ${await envoyBinary()} "$@"\n`, { mode: 0o755 });
  const run = await LiveRun.start(world.manifests(), ['-f', input, '--envoy', envoy]);
  try {
    await eventually('it is told', () => assert.match(run.out, /late.*: acknowledged after \d+ ms/));
  } finally {
    await run.stop();
  }
});

test('killed, it leaves no Envoy, no process and no folder', async () => {
  const { env, folders } = ownTemporary();
  const run = await LiveRun.start(world.manifests(), [], env);
  assert.equal(folders().length, 1);
  run.child.kill('SIGKILL');
  await run.ended;
  await eventually('its Envoy ends', () => assert.equal(leftovers.alive(run.envoyPid), false));
  await eventually('its folder is gone', () => assert.deepEqual(folders(), []));
  await run.stop();
});

test('a dead Envoy is told, with a code', async () => {
  const { env, folders } = ownTemporary();
  const run = await LiveRun.start(world.manifests(), [], env);
  process.kill(run.envoyPid, 'SIGKILL');
  assert.equal(await run.ended, 3);
  assert.match(run.err, /^loadstar: Envoy ended by SIGKILL/m);
  assert.deepEqual(folders(), []);
  await run.stop();
});

test('Ctrl-C: code 0, no folder, and not a word from Envoy', async () => {
  const { env, folders } = ownTemporary();
  const run = await LiveRun.start(world.manifests(), [], env);
  const said = run.err;
  assert.equal(await run.stop(), 0);
  assert.equal(run.err, said);
  assert.deepEqual(folders(), []);
});

/** In namespaces of its own, where this user may mount a disk of that many KiB. */
function onFullDisk(kib: number, fill: boolean, command: string) {
  const disk = mkdtempSync(join(folder, 'disk'));
  const full = fill ? 'head -c 1M /dev/zero > "$D/fill" 2>/dev/null;' : '';
  const script = `mount -t tmpfs -o size=${kib}k none "$D" || exit 77; ${full} ${command}; code=$?; ls "$D"; exit $code`;
  return spawnSync('unshare', ['-rmn', 'bash', '-c', `ip link set lo up; ${script}`], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, D: disk, TMPDIR: disk, LOADSTAR: `${process.execPath} ${cliPath()}` },
  });
}
const mayMount = onFullDisk(64, false, 'true').status === 0;
const needsMount = mayMount ? false : 'this user may not mount a file system in a namespace of its own';

test('a full disk: run says so before anything is started', { skip: needsMount }, () => {
  const input = join(folder, 'input.yaml');
  writeFileSync(input, render(world.manifests()));
  for (const [kib, fill] of [
    [64, true],
    [8, false],
  ] as const) {
    const { status, stderr, stdout } = onFullDisk(kib, fill, `$LOADSTAR run -f ${input} --admin 127.0.0.1:0`);
    assert.equal(status, 3, stderr);
    assert.match(stderr, /^loadstar: .*(ENOSPC|no space|the disk is full).*/m);
    assert.match(stderr, /TMPDIR=FOLDER/);
    assert.equal(stdout.trim(), fill ? 'fill' : '', 'nothing half-written stays');
  }
});

test('a full disk: translate keeps the file that is there', { skip: needsMount }, () => {
  const input = join(folder, 'input.yaml');
  writeFileSync(input, render(world.manifests()));
  const { status, stderr, stdout } = onFullDisk(
    64,
    false,
    `echo old > "$D/envoy.yaml"; head -c 1M /dev/zero > "$D/fill" 2>/dev/null; $LOADSTAR translate -f ${input} -o "$D/envoy.yaml"; code=$?; cat "$D/envoy.yaml"; (exit $code)`,
  );
  assert.equal(status, 3, stderr);
  assert.match(stderr, /the disk is full/);
  assert.deepEqual(stdout.trim().split('\n').sort(), ['envoy.yaml', 'fill', 'old']);
});
