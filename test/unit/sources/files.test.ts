/**
 * Changes on a real disk, in real folders: each way in which a manifest changes is told, once, and nothing
 * else is.
 */
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type FileWatch, type FileWatchOptions, watchFiles } from '../../../host/sources/files.ts';
import { eventually, sleep } from '../../support/eventually.ts';

let folder: string;
let watch: FileWatch | undefined;
let changes = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadstar-files-'));
  changes = 0;
});
afterEach(() => {
  watch?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Without looks at everything unless a test is about them: the kernel's notices have to do. */
const start = async (paths: readonly string[], options: FileWatchOptions = { rescanMs: 3_600_000 }) => {
  watch = await watchFiles(paths, options);
  watch.tell(() => {
    changes += 1;
  });
};
const told = (count: number) =>
  eventually(`${count} changes are told`, () => assert.equal(changes, count), 10_000, 10);
const at = (name: string): string => join(folder, name);

test('a file is written, replaced as editors do, removed and back', async () => {
  writeFileSync(at('a.yaml'), 'one');
  await start([at('a.yaml')]);
  writeFileSync(at('a.yaml'), 'two');
  await told(1);
  writeFileSync(at('.a.swp'), 'three');
  renameSync(at('.a.swp'), at('a.yaml'));
  await told(2);
  unlinkSync(at('a.yaml'));
  await told(3);
  writeFileSync(at('a.yaml'), 'three');
  await told(4);
});

test('what changes before anyone is told is told then, once', async () => {
  writeFileSync(at('a.yaml'), 'one');
  watch = await watchFiles([folder], { rescanMs: 3_600_000 });
  writeFileSync(at('a.yaml'), 'two');
  // Longer than the quiet time after which it is told.
  await sleep(500);
  watch.tell(() => {
    changes += 1;
  });
  assert.equal(changes, 1);
  writeFileSync(at('a.yaml'), 'three');
  await told(2);
});

test('in a folder: files that come and go, and folders below', async () => {
  await start([folder]);
  writeFileSync(at('a.yaml'), 'one');
  await told(1);
  mkdirSync(at('sub'));
  await told(2);
  writeFileSync(join(at('sub'), 'b.yaml'), 'one');
  await told(3);
  rmSync(at('sub'), { recursive: true });
  await told(4);
});

test('a ConfigMap: the link ..data is swapped, and with it what the file is', async () => {
  const write = (version: string) => {
    mkdirSync(at(version));
    writeFileSync(join(at(version), 'a.yaml'), version);
    symlinkSync(version, at('..data_tmp'));
    renameSync(at('..data_tmp'), at('..data'));
  };
  write('..1');
  symlinkSync('..data/a.yaml', at('a.yaml'));
  await start([folder]);
  write('..2');
  await told(1);
  watch?.close();
  changes = 0;
  await start([at('a.yaml')]);
  write('..3');
  await told(1);
});

test('the folder is removed and back', async () => {
  mkdirSync(at('in'));
  writeFileSync(join(at('in'), 'a.yaml'), 'one');
  await start([at('in')]);
  rmSync(at('in'), { recursive: true });
  await told(1);
  mkdirSync(at('in'));
  writeFileSync(join(at('in'), 'a.yaml'), 'one');
  await eventually('it is told that it is back', () => assert.ok(changes >= 2), 10_000, 10);
  const before = changes;
  writeFileSync(join(at('in'), 'a.yaml'), 'two');
  await eventually('a change in it is told', () => assert.ok(changes > before), 10_000, 10);
});

test('many writes in a row are one change', async () => {
  writeFileSync(at('a.yaml'), '');
  await start([folder], { rescanMs: 3_600_000, debounceMs: 300 });
  for (let i = 0; i < 50; i++) writeFileSync(at(`f${i}.yaml`), String(i));
  await told(1);
  await sleep(500);
  assert.equal(changes, 1);
});

test('the look at everything finds what no notice tells, and tells nothing when nothing changed', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'loadstar-else-'));
  try {
    mkdirSync(join(elsewhere, 'v1'));
    writeFileSync(join(elsewhere, 'v1', 'a.yaml'), 'one');
    symlinkSync('v1', join(elsewhere, 'current'));
    symlinkSync(join(elsewhere, 'current', 'a.yaml'), at('a.yaml'));
    await start([folder], { rescanMs: 50 });
    await sleep(300);
    assert.equal(changes, 0);
    // The link that changes is in a folder that nobody watches.
    mkdirSync(join(elsewhere, 'v2'));
    writeFileSync(join(elsewhere, 'v2', 'a.yaml'), 'two');
    symlinkSync('v2', join(elsewhere, 'next'));
    renameSync(join(elsewhere, 'next'), join(elsewhere, 'current'));
    await told(1);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
});

test('after close nothing is told', async () => {
  writeFileSync(at('a.yaml'), 'one');
  await start([folder], { rescanMs: 20 });
  watch?.close();
  utimesSync(at('a.yaml'), 1, 1);
  await sleep(200);
  assert.equal(changes, 0);
});
