// Is the filter equal to Envoy? Whole tables and a million keys first, then every suite of test/conformance
// on real requests.
//   node scripts/conformance.mjs [--keys N] [--small]
import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const run = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;

const tables = run('--import', 'tsx', 'test/conformance/tables/main.ts', ...process.argv.slice(2));
const suites = run('scripts/test.mjs', 'conformance');
process.exitCode = tables === 0 && suites === 0 ? 0 : 1;
