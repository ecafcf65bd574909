/** Paths to texts, on a real folder. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readManifests } from '../../../host/manifests/read.ts';

const root = mkdtempSync(join(tmpdir(), 'loadstar-read-'));
after(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, 'dir/sub'), { recursive: true });
mkdirSync(join(root, 'empty'));
for (const [name, text] of [
  ['dir/b.yaml', 'apiVersion: b'],
  ['dir/a.yml', 'apiVersion: a'],
  ['dir/sub/c.json', 'apiVersion: c'],
  ['dir/compose.yml', 'services: {}'],
  ['dir/notes.md', 'no'],
  ['bom.yaml', '\uFEFFx: 1'],
])
  writeFileSync(join(root, name!), text!);
symlinkSync('..', join(root, 'dir/sub/up'));
symlinkSync('../b.yaml', join(root, 'dir/sub/linked.yaml'));
const none = async (): Promise<string> => assert.fail('standard input was not asked for');

test('read: a folder gives its manifests, sorted, each once, links followed to files only', async () => {
  const { sources, diagnostics } = await readManifests([join(root, 'dir'), join(root, 'dir/b.yaml')], none);
  assert.deepEqual(
    diagnostics.map(({ code, severity, message }) => [code, severity, /compose\.yml/.test(message)]),
    [['input-not-manifest', 'notice', true]],
  );
  assert.deepEqual(
    sources.map((s) => [s.file.slice(root.length), s.text]),
    [
      ['/dir/a.yml', 'apiVersion: a'],
      ['/dir/b.yaml', 'apiVersion: b'],
      ['/dir/sub/c.json', 'apiVersion: c'],
    ],
  );
});

test('read: a file is read whatever its name, without a byte order mark', async () => {
  const { sources } = await readManifests([join(root, 'dir/notes.md'), join(root, 'bom.yaml')], none);
  assert.deepEqual(
    sources.map((s) => s.text),
    ['no', 'x: 1'],
  );
});

test('read: - is standard input, once', async () => {
  let asked = 0;
  const stdin = async (): Promise<string> => `text ${++asked}`;
  const { sources } = await readManifests(['-', '-'], stdin);
  assert.deepEqual(sources, [{ file: '<stdin>', text: 'text 1' }]);
});

const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le');
test('read: UTF-16 with its mark is text, of either order', async () => {
  const orders = [utf16('x: é'), utf16('x: é').swap16()];
  for (const bytes of orders)
    assert.deepEqual((await readManifests(['-'], async () => bytes)).sources, [
      { file: '<stdin>', text: 'x: é' },
    ]);
});

test('read: what is no text is refused at its place', async () => {
  const cases: readonly [bytes: Buffer, place: string, message: RegExp][] = [
    [Buffer.from('a: 1\nb: caf\xe9\n', 'latin1'), '2:7', /is not UTF-8: the byte 0xe9 /],
    [Buffer.concat([Buffer.from('\uFEFFé \uFFFD: '), Buffer.from([0xc3])]), '1:7', /the byte 0xc3 /],
    [Buffer.from('a: \0'), '1:4', /is no text: here is a NUL/],
    [Buffer.from('a: 1', 'utf16le'), '1:2', /is no text: here is a NUL/],
    [utf16('a: 1').subarray(0, 9), 'undefined:undefined', /begins as UTF-16 and is not/],
  ];
  for (const [bytes, place, message] of cases) {
    const { sources, diagnostics } = await readManifests(['-'], async () => bytes);
    assert.deepEqual(
      sources.map(({ undecoded }) => undecoded),
      [true],
    );
    const [found] = diagnostics;
    assert.deepEqual([found!.code, found!.severity], ['input-encoding', 'error']);
    assert.match(found!.message, message);
    assert.equal(`${found!.at?.line}:${found!.at?.column}`, place);
  }
});

test('read: every path that cannot be read is told, and the others are read', async () => {
  const { sources, diagnostics } = await readManifests(
    [join(root, 'gone.yaml'), join(root, 'empty'), join(root, 'dir/a.yml'), join(root, 'dir/a.yml/x')],
    none,
  );
  assert.deepEqual(
    sources.map((s) => s.text),
    ['apiVersion: a'],
  );
  assert.deepEqual(
    diagnostics.map((d) => [d.code, d.severity]),
    [
      ['input-unreadable', 'error'],
      ['input-empty', 'error'],
      ['input-unreadable', 'error'],
    ],
  );
  assert.match(diagnostics[0]?.message ?? '', /gone\.yaml does not exist/);
});

test('read: a pipe or a device is refused at once, by name, by a link and in a folder; files are read', async () => {
  const folder = join(root, 'pipes');
  mkdirSync(folder);
  const pipe = join(folder, 'pipe.yaml');
  execFileSync('mkfifo', [pipe, join(folder, 'notes.pipe')]);
  symlinkSync(pipe, join(root, 'to-pipe'));
  symlinkSync('nobody@here', join(folder, '.#edited.yaml'));
  writeFileSync(join(folder, 'a.yaml'), 'apiVersion: a');
  const { sources, diagnostics } = await readManifests(
    [pipe, join(root, 'to-pipe'), '/dev/null', folder],
    none,
  );
  assert.deepEqual(
    sources.map((s) => s.text),
    ['apiVersion: a'],
  );
  assert.deepEqual(
    diagnostics.map((d) => [d.code, d.severity, d.message]),
    [pipe, join(root, 'to-pipe'), '/dev/null', pipe].map((path) => [
      'input-unreadable',
      'error',
      `${path} is ${path === '/dev/null' ? 'a device' : 'a pipe'}, not a file.`,
    ]),
  );
});
