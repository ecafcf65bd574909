/** What `npm pack` makes: whole, small, and usable where nothing else of this repository is. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const shop = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  rules: [{backendRefs: [{group: gateway.envoyproxy.io, kind: Backend, name: shop}]}]
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: shop}
spec: {endpoints: [{ip: {address: 127.0.0.1, port: 18081}}, {ip: {address: 127.0.0.1, port: 18082}}]}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: shop}]
  loadBalancer: {type: ConsistentHash, consistentHash: {type: Header, header: {name: x-user}}}
`;

let folder: string;
let packed: { filename: string; size: number; files: { path: string }[] };
const installed = (path = ''): string => join(folder, 'user/node_modules/loadstar', path);

/**
 * The npm that runs the tests: below it PATH begins with node_modules/.bin, where a dependency has put an old
 * one.
 */
function npm(args: readonly string[], cwd: string): string {
  const program = process.env.npm_execpath;
  const [file, first] = program === undefined ? ['npm', []] : [process.execPath, [program]];
  return execFileSync(file, [...first, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadstar-package-'));
  const out = npm(['pack', '--json', '--pack-destination', folder], root);
  packed = JSON.parse(out.slice(out.indexOf('[')))[0];
  mkdirSync(join(folder, 'user'));
  writeFileSync(join(folder, 'user/package.json'), '{"name": "user", "private": true}');
  // It needs no other package, so no registry is asked.
  const args = ['install', '--offline', '--no-audit', '--no-fund', join(folder, packed.filename)];
  npm(args, join(folder, 'user'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const loadstar = (...args: string[]): string =>
  execFileSync(join(folder, 'user/node_modules/.bin/loadstar'), args, {
    cwd: join(folder, 'user'),
    input: shop,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  });

test('everything that a user needs is in it, and nothing of the workshop', () => {
  const paths = packed.files.map(({ path }) => path);
  for (const path of [
    'dist/loadstar.mjs',
    'dist/loadstar.wasm',
    'dist/loadstar-pick.wasm',
    'dist/loadstar-report.wasm',
    'dist/THIRD-PARTY-LICENSES.txt',
    'docs/API.md',
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'SECURITY.md',
  ])
    assert.ok(paths.includes(path), `${path} is missing`);
  for (const path of paths)
    assert.doesNotMatch(path, /^(?:host|assembly|test|demo|scripts|node_modules|\.cache)\/|\.sha256$/);
});

test('the pages of README are in it', () => {
  for (const [, link = ''] of readFileSync(installed('README.md'), 'utf8').matchAll(
    /\]\(([^)#\s]+)[^)]*\)/g,
  )) {
    if (!/^https?:/.test(link)) assert.ok(existsSync(installed(link)), `README.md links to ${link}`);
  }
});

test('the program is small, and the licences of what is in it lie beside it', () => {
  assert.ok(statSync(installed('dist/loadstar.mjs')).size < 1_800_000);
  const licences = readFileSync(installed('dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
  for (const name of ['yaml', 'zod', 're2js', '@bufbuild/protobuf', 'assemblyscript', 'preact', 'uplot'])
    assert.match(licences, new RegExp(`^${name} \\d`, 'm'));
});

test('installed elsewhere it checks and translates, with the filter that it brings', () => {
  assert.match(loadstar('--version'), /^loadstar \d+\.\d+\.\d+\n$/);
  assert.match(loadstar('check', '-f', '-'), /^accepted: /m);
  const text = loadstar('translate', '-f', '-');
  assert.match(text, /^static_resources:/m);
  const module = /filename: (.*\.wasm)/.exec(text)?.[1] ?? '';
  assert.equal(dirname(module), installed('dist'));
  assert.ok(existsSync(module));
});

test("a user's mistake is told without a stack, from the minified program too", () => {
  const failed = (...args: string[]): string => {
    try {
      loadstar(...args);
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
    return assert.fail('it was accepted');
  };
  assert.match(failed('translate', '-f', 'nowhere.yaml'), /The path nowhere\.yaml does not exist/);
  assert.doesNotMatch(failed('translate', '-f', 'nowhere.yaml'), /\n\s+at |\.mjs:\d/);
  assert.match(failed('transalte'), /did you mean translate\?/);
});
