/**
 * Who may import whom (ARCHITECTURE.md, "Direction"): data flows one way, so an import against the flow is a
 * design mistake that no other test would notice. Rules are data; each has the reason it exists.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Folder → the folders of ours it may import from (itself always). What is not listed here is an unknown
 * folder.
 */
const mayImport: Record<string, readonly string[]> = {
  'assembly/bytes': [],
  'assembly/abi': ['assembly/bytes'],
  'assembly/hash': ['assembly/bytes'],
  'assembly/maglev': ['assembly/bytes', 'assembly/hash'],
  'assembly/key': ['assembly/bytes', 'assembly/hash'],
  'assembly/orca': ['assembly/bytes'],
  'assembly/load': ['assembly/bytes', 'assembly/hash', 'assembly/orca'],
  'assembly/select': ['assembly/bytes', 'assembly/hash', 'assembly/maglev', 'assembly/load'],
  'assembly/config': [
    'assembly/bytes',
    'assembly/hash',
    'assembly/key',
    'assembly/maglev',
    'assembly/orca',
    'assembly/load',
    'assembly/select',
  ],
  'assembly/filter': ['*assembly'],
  // A few functions on collections and text, without any idea of the project: for every folder of host/.
  'host/basics': [],
  'host/diagnostics': [],
  'host/manifests': ['host/diagnostics'],
  'host/model': ['host/diagnostics'],
  'host/schema': ['host/diagnostics', 'host/manifests', 'host/model'],
  // Words every kind is made of know no kind; a policy knows no other kind.
  'host/schema/words': ['host/diagnostics', 'host/manifests', 'host/model'],
  // Its patterns are judged with the rest of it: one that Envoy cannot compile makes it invalid.
  'host/schema/policy': ['host/diagnostics', 'host/model', 'host/regex', 'host/schema/words'],
  'host/schema/security': [
    'host/diagnostics',
    'host/model',
    'host/regex',
    'host/schema/words',
    'host/schema/policy',
  ],
  // Envoy's regular expressions, for what is checked and for what is explained.
  'host/regex': [],
  'host/plan': ['host/diagnostics', 'host/model', 'host/regex'],
  'host/wasm': [],
  // The filter's contract, and the compiled filter in use.
  'host/filter': ['host/diagnostics', 'host/plan', 'host/wasm', 'host/run'],
  'host/envoy': ['host/diagnostics', 'host/plan', 'host/filter', 'host/proto'],
  // Pictures as text, for files and for the dashboard's page.
  'host/drawing': [],
  'host/simulate': ['host/drawing', 'host/diagnostics', 'host/plan', 'host/filter', 'host/wasm'],
  'host/explain': ['host/diagnostics', 'host/regex', 'host/plan', 'host/filter', 'host/envoy', 'host/wasm'],
  // Generated from proto/ (Envoy's API); its JavaScript has no imports but the runtime's.
  'host/proto': [],
  'host/xds': ['host/proto', 'host/envoy'],
  // Where changes come from; what they mean is not known here.
  'host/sources': [],
  // An API server as a source: what is read from it is read as manifests are.
  'host/kubernetes': [
    'host/diagnostics',
    'host/manifests',
    'host/schema',
    'host/model',
    'host/plan',
    'host/run',
  ],
  // Joins them for an Envoy whose configuration changes while it runs.
  'host/live': [
    'host/basics',
    'host/diagnostics',
    'host/plan',
    'host/filter',
    'host/envoy',
    'host/xds',
    'host/sources',
  ],
  // What other engines take, made of the plan. A listener is split for files as it is for xDS.
  'host/export': ['host/diagnostics', 'host/model', 'host/plan', 'host/filter', 'host/envoy', 'host/xds'],
  // What protects is said once, in the schema; Istio has none of it.
  'host/export/istio': [
    'host/schema',
    'host/diagnostics',
    'host/model',
    'host/plan',
    'host/filter',
    'host/envoy',
    'host/export',
  ],
  'host/run': ['host/diagnostics'],
  // What a server of many Envoys knows of them.
  'host/fleet': ['host/xds'],
  // What runs, for a page that looks at it.
  'host/dashboard': [
    'host/diagnostics',
    'host/drawing',
    'host/explain',
    'host/filter',
    'host/live',
    'host/plan',
    'host/simulate',
  ],
  // Runs in a browser: of the server it knows the words alone.
  'host/dashboard/page': ['host/drawing', 'host/explain'],
  'host/cli': ['*host'],
  // Not shipped: what a newcomer runs to see it work.
  demo: ['*host'],
};
/** Single files at the top of each tree join the folders; they may import anything of their tree. */
const joiners = [
  'assembly/index.ts',
  'assembly/pick.ts',
  'assembly/report.ts',
  'assembly/testing.ts',
  'host/main.ts',
  'host/translate.ts',
];

/** Outside packages by folder: everything else may only use node's own modules. */
const packages: Record<string, readonly string[]> = {
  'host/manifests': ['yaml'],
  'host/schema': ['zod'],
  'host/regex': ['re2js'],
  'host/envoy': ['@bufbuild'],
  'host/cli': ['yaml'],
  'host/kubernetes': ['yaml'],
  'host/xds': ['@bufbuild'],
  'host/dashboard/page': ['preact', '@preact', 'uplot'],
};

/** Algorithms get what they need passed in: no files, network or processes below these folders. */
const pure = [
  'host/basics',
  'host/diagnostics',
  'host/regex',
  'host/schema',
  'host/model',
  'host/plan',
  'host/envoy',
  'host/export',
  'host/simulate',
  'host/drawing',
  'host/dashboard/page',
];

/** They use isIP and its like, which read text. */
const readAddresses = ['host/plan/pools/address.ts', 'host/schema/words/address.ts'];

function* sources(folder: string): Generator<string> {
  for (const name of readdirSync(join(root, folder)).sort()) {
    const path = `${folder}/${name}`;
    if (name === '__tests__') continue;
    if (statSync(join(root, path)).isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(path) && !path.endsWith('.d.ts')) yield path;
  }
}

const importsOf = (path: string): string[] =>
  [
    ...readFileSync(join(root, path), 'utf8').matchAll(
      /^\s*(?:import|export)\b[^'";]*?from\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
    ),
  ].map((match) => (match[1] ?? match[2] ?? match[3])!);

/** The narrowest folder above the path that has a line in the table; without one its first two folders. */
function folderOf(path: string): string {
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder))
    if (folder in mayImport) return folder;
  return path.split('/').slice(0, 2).join('/');
}
/** `host/schema` allows what is below it too. */
const covers = (allowed: string, folder: string): boolean =>
  folder === allowed ||
  folder.startsWith(`${allowed}/`) ||
  (allowed[0] === '*' && folder.startsWith(`${allowed.slice(1)}/`));

/** Every import that breaks a rule, as a sentence. Exported shape is for the test of the test below. */
function violations(path: string, imports: readonly string[]): string[] {
  const folder = folderOf(path);
  if (joiners.includes(path)) return [];
  const allowed = mayImport[folder];
  if (allowed === undefined) return [`${path}: folder ${folder} has no line in the table of imports`];
  return imports.flatMap((target) => {
    if (target.startsWith('.')) {
      const to = relative(root, resolve(root, dirname(path), target));
      const toFolder = folderOf(to);
      const good =
        covers(folder, toFolder) ||
        (folder.startsWith('host/') && toFolder === 'host/basics') ||
        to === 'host/translate.ts' ||
        to === 'host/dashboard/contract.ts' ||
        allowed.some((one) => covers(one, toFolder));
      return good ? [] : [`${path}: may not import ${to}`];
    }
    if (target.startsWith('node:')) {
      const impure = /^node:(fs|net|http|http2|https|child_process|os|process|dns|tls)\b/.test(target);
      if (target === 'node:net' && readAddresses.includes(path)) return [];
      return impure && pure.some((one) => covers(one, folder))
        ? [`${path}: ${folder} is pure and may not import ${target}`]
        : [];
    }
    if (folder.startsWith('assembly/')) {
      return folder === 'assembly/abi' ? [] : [`${path}: only assembly/abi may import a package (${target})`];
    }
    const name = target.split('/')[0]!;
    return Object.entries(packages).some(([one, names]) => covers(one, folder) && names.includes(name))
      ? []
      : [`${path}: ${folder} may not import the package ${target}`];
  });
}

for (const tree of ['assembly', 'host', 'demo']) {
  test(`imports in ${tree}/ follow the direction of the data`, () => {
    const found = [...sources(tree)].flatMap((path) => violations(path, importsOf(path)));
    assert.deepEqual(found, []);
  });
}

test('the rules refuse what they are for', () => {
  assert.equal(violations('host/plan/x.ts', ['../envoy/cluster.ts']).length, 1);
  assert.equal(violations('host/plan/x.ts', ['node:fs']).length, 1);
  assert.equal(violations('host/plan/x.ts', ['zod']).length, 1);
  assert.equal(violations('assembly/orca/x.ts', ['../abi/host']).length, 1);
  assert.equal(violations('host/nowhere/x.ts', []).length, 1);
  assert.equal(violations('host/schema/words/x.ts', ['../policy/load-balancer.ts']).length, 1);
  assert.equal(violations('host/plan/pools/x.ts', ['../../envoy/cluster.ts']).length, 1);
});
