/** Files for an Envoy without a server: what is in which, and what stays for one time more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrap } from '../../../host/envoy/bootstrap.ts';
import {
  addsClusters,
  differentFiles,
  type ExportedFile,
  envoyFiles,
  resourcesIn,
} from '../../../host/export/envoy-files.ts';
import { forward, maglev, options, plan, route } from '../envoy/plans.ts';

const made = (names: readonly string[], live = true) =>
  bootstrap(
    plan(
      names.map((name) => route(`/${name}`, forward([name], { hash: [{ kind: 'header', name: 'x-key' }] }))),
      names.map((name) => maglev(name)),
    ),
    { ...options('filter'), live },
  );
const contents = (files: readonly ExportedFile[]) =>
  new Map(
    files.filter(({ name }) => name.endsWith('.json')).map(({ name, text }) => [name, JSON.parse(text)]),
  );
const clusters = (files: readonly ExportedFile[]): string[] =>
  resourcesIn(contents(files).get('cds.json')).map(({ name }) => name);

test('each file has one kind of thing, what is referred to first', () => {
  const files = envoyFiles(made(['a']), '/files');
  assert.deepEqual(
    files.map(({ name }) => name),
    [
      'cds.json',
      'loadstar.select_default_eg_http.filter.json',
      'default_eg_http.rds.json',
      'lds.json',
      'envoy.yaml',
    ],
  );
  const [listener] = contents(files).get('lds.json').resources;
  assert.doesNotMatch(JSON.stringify(listener), /127\.0\.0|route_config"/);
  for (const name of ['default_eg_http.rds.json', 'loadstar.select_default_eg_http.filter.json'])
    assert.ok(JSON.stringify(listener).includes(`"path":"/files/${name}"`), name);
});

test('equal content has an equal version, other content another', () => {
  const version = (names: readonly string[]) =>
    contents(envoyFiles(made(names), '/files')).get('cds.json').version_info;
  assert.equal(version(['a']), version(['a']));
  assert.notEqual(version(['a']), version(['b']));
});

test('a cluster that the routes of before lead to stays once', () => {
  const before = contents(envoyFiles(made(['a', 'b']), '/files'));
  const next = envoyFiles(made(['b', 'c']), '/files', before);
  assert.deepEqual(clusters(next), ['b', 'c', 'a']);
  assert.deepEqual(clusters(envoyFiles(made(['b', 'c']), '/files', contents(next))), ['b', 'c']);
});

test('what cannot be read stands for nothing', () => {
  for (const broken of [undefined, null, 3, [], { resources: 'x' }, { resources: [null, 1, { name: 2 }] }])
    assert.deepEqual(clusters(envoyFiles(made(['a']), '/files', new Map([['cds.json', broken]]))), ['a']);
});

test('new clusters are noticed', () => {
  const [file] = envoyFiles(made(['a', 'b']), '/files') as [ExportedFile];
  const of = (names: readonly string[]) => contents(envoyFiles(made(names), '/files')).get('cds.json');
  assert.equal(addsClusters(file, of(['a', 'b', 'c'])), false);
  assert.equal(addsClusters(file, of(['a'])), true);
});

const rows: readonly (readonly [string, readonly string[], readonly string[], RegExp | undefined])[] = [
  ['nothing', ['a'], ['a'], undefined],
  ['a pool that is there in vain', ['a', 'b'], ['a'], /rds\.json: default\/eg\/http differs/],
  ['a pool that is missing', ['a'], ['a', 'b'], /cds\.json: b is missing/],
];
for (const [what, standing, wanted, line] of rows)
  test(`differs: ${what}`, () => {
    const lines = differentFiles(
      envoyFiles(made(wanted), '/files'),
      contents(envoyFiles(made(standing), '/files')),
    );
    if (line === undefined) assert.deepEqual(lines, []);
    else assert.match(lines.join('\n'), line);
  });
