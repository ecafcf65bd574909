// Builds what ships: dist/loadstar.wasm (the filter), of it dist/loadstar-pick.wasm and
// dist/loadstar-report.wasm (one of its roles each), and dist/loadstar.mjs (the CLI in one file); before it
// host/proto/, Envoy's API as TypeScript, from proto/. Each is built again only when something it is made of
// has changed; a fingerprint of that is kept in dist/.
//   node scripts/build.mjs [--force]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');

const module = (name, entry) => ({
  name,
  sources: () => ['asconfig.json', 'package-lock.json', ...filesBelow('assembly', /^(?!.*__tests__).*\.ts$/)],
  build(output) {
    const asc = join(root, 'node_modules/assemblyscript/bin/asc.js');
    run([asc, entry, '--target', 'release', '--outFile', relative(root, output)]);
  },
});

const cliSources = () => [
  'package-lock.json',
  'scripts/build.mjs',
  ...filesBelow('host', /\.(ts|tsx|css|html)$/),
];

/** A program in as few files and bytes as it gets. @param own What esbuild is told beside that. */
async function bundled(own) {
  const { build } = await import(pathToFileURL(join(root, 'node_modules/esbuild/lib/main.js')).href);
  return await build({
    absWorkingDir: root,
    bundle: true,
    minify: true,
    legalComments: 'none',
    format: 'esm',
    logLevel: 'error',
    ...own,
  });
}

/** The dashboard's page: two files that a browser loads. */
const bundlePage = (more) =>
  bundled({
    entryPoints: [join(root, 'host/dashboard/page/main.tsx')],
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    outdir: 'page',
    write: false,
    ...more,
  });

/** The CLI in one file, as small as it gets; no part of it depends on the names of functions. */
const bundle = (more) =>
  bundled({
    entryPoints: [join(root, 'host/main.ts')],
    platform: 'node',
    target: 'node20',
    // `yaml` is CommonJS for Node and asks for node's own modules with require.
    banner: {
      js: "import { createRequire as loadstarRequire } from 'node:module';\nconst require = loadstarRequire(import.meta.url);",
    },
    ...more,
  });

/** Their code, or part of it, is compiled into the modules. */
const inTheFilter = ['assemblyscript', '@solo-io/proxy-runtime'];

/** `node_modules/@a/b/lib/c.js` → `@a/b`. */
const packagesOf = (paths) =>
  [
    ...new Set(
      paths.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.slice(1, 2) ?? []),
    ),
  ].sort();

/** By what a package names its licence, where it ships no file of it. */
const ownTexts = {
  'Apache-2.0': () => readFileSync(join(root, 'LICENSE'), 'utf8'),
  // @bufbuild/protobuf: the second licence is that of one part, and stands at its head.
  '(Apache-2.0 AND BSD-3-Clause)': (folder) => {
    const part = readFileSync(join(folder, 'dist/esm/wire/varint.js'), 'utf8');
    const head = part.slice(0, part.indexOf('/**')).replace(/^\/\/ ?/gm, '');
    if (!head.includes('Redistributions')) return undefined;
    return `${readFileSync(join(root, 'LICENSE'), 'utf8')}\n${head}`;
  },
};

/** The licence of each package, as it ships it. */
function licences(names) {
  const parts = names.map((name) => {
    const folder = join(root, 'node_modules', name);
    const {
      version,
      license: named,
      homepage = '',
    } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const license = named.trim();
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    // Some name the Apache licence and ship no text; ours is the same text.
    const own = file === undefined ? ownTexts[license]?.(folder) : readFileSync(join(folder, file), 'utf8');
    if (own === undefined) throw new Error(`${name} ships no licence`);
    return `${name} ${version} (${license}) ${homepage}\n\n${own.trim()}\n`;
  });
  return `Loadstar holds code of these packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

const buf = (args) =>
  run([join(root, 'node_modules/@bufbuild/buf/bin/buf'), ...args], {
    BUF_CACHE_DIR: join(root, '.cache/buf'),
  });

/** Fields have their proto names in JSON too, as Envoy's reference prints them: `connect_timeout`. */
const withProtoNames = (image) =>
  JSON.stringify(
    JSON.parse(image, (_, value) =>
      value?.jsonName === undefined ? value : { ...value, jsonName: value.name },
    ),
  );

/** What is built, of what, and how. A builder writes to the path it is given. */
const targets = [
  module('loadstar.wasm', 'assembly/index.ts'),
  module('loadstar-pick.wasm', 'assembly/pick.ts'),
  module('loadstar-report.wasm', 'assembly/report.ts'),
  {
    name: 'proto',
    folder: 'host/proto',
    sources: () => ['package-lock.json', 'scripts/build.mjs', ...filesBelow('proto', /\.proto$/)],
    build(output) {
      const plugin = ['node', join(root, 'node_modules/@bufbuild/protoc-gen-es/bin/protoc-gen-es')];
      const options = ['target=js+dts', 'import_extension=js', 'json_types=true'];
      const template = { version: 'v2', plugins: [{ local: plugin, out: output, opt: options }] };
      const image = `${output}.json`;
      try {
        buf(['build', 'proto', '-o', image]);
        writeFileSync(image, withProtoNames(readFileSync(image, 'utf8')));
        buf(['generate', image, '--template', JSON.stringify(template)]);
      } finally {
        rmSync(image, { force: true });
      }
    },
  },
  {
    name: 'page',
    folder: 'host/dashboard/built',
    sources: () => [
      ...['package-lock.json', 'scripts/build.mjs'],
      ...['basics', 'drawing', 'dashboard'].flatMap((folder) =>
        filesBelow(`host/${folder}`, /\.(ts|tsx|css|html)$/).filter((path) => !path.includes('/built/')),
      ),
    ],
    async build(output) {
      const { outputFiles } = await bundlePage({});
      const file = (ending) => outputFiles.find(({ path }) => path.endsWith(ending)).text;
      const page = readFileSync(join(root, 'host/dashboard/page/index.html'), 'utf8');
      const assets = {
        '/index.html': { type: 'text/html; charset=utf-8', body: page },
        '/page.js': { type: 'text/javascript; charset=utf-8', body: file('.js') },
        '/page.css': { type: 'text/css; charset=utf-8', body: file('.css') },
      };
      mkdirSync(output, { recursive: true });
      writeFileSync(join(output, 'assets.js'), `export const assets = ${JSON.stringify(assets)};\n`);
      const type = '{ readonly type: string; readonly body: string }';
      writeFileSync(join(output, 'assets.d.ts'), `export const assets: Readonly<Record<string, ${type}>>;\n`);
    },
  },
  {
    name: 'loadstar.mjs',
    sources: cliSources,
    async build(output) {
      await bundle({ outfile: output });
      chmodSync(output, 0o755);
    },
  },
  {
    name: 'THIRD-PARTY-LICENSES.txt',
    sources: cliSources,
    async build(output) {
      const { metafile } = await bundle({ write: false, metafile: true, outfile: output });
      const page = await bundlePage({ metafile: true });
      const inputs = [...Object.keys(metafile.inputs), ...Object.keys(page.metafile.inputs)];
      writeFileSync(output, licences([...packagesOf(inputs), ...inTheFilter]));
    },
  },
];

/** Builds what is out of date and returns the names of what was built. */
export async function build({ force = false, progress = () => {} } = {}) {
  mkdirSync(dist, { recursive: true });
  const built = [];
  for (const target of targets) {
    const output = join(root, target.folder ?? `dist/${target.name}`);
    const note = join(dist, `.${target.name}.sha256`);
    const print = fingerprint(target.sources());
    const fresh = existsSync(output) && existsSync(note) && readFileSync(note, 'utf8') === print;
    if (fresh && !force) continue;
    progress(`building ${relative(root, output)}`);
    // A program that reads dist/ at the same time finds either the old file or the new one.
    const temporary = join(dist, `.${process.pid}.${target.name}`);
    try {
      await target.build(temporary);
      if (target.folder !== undefined) rmSync(output, { recursive: true, force: true });
      renameSync(temporary, output);
      writeFileSync(note, print);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
    built.push(target.name);
  }
  return built;
}

function fingerprint(paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  return hash.digest('hex');
}

function filesBelow(folder, wanted) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return filesBelow(path, wanted);
      return wanted.test(path) ? [path] : [];
    });
}

function run(args, env = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${relative(root, args[0])} failed:\n${stdout}${stderr}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const force = process.argv.includes('--force');
  const built = await build({ force, progress: (line) => console.log(line) });
  if (built.length === 0) console.log('dist/ is up to date');
}
