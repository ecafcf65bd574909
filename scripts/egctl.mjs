// Builds egctl, Envoy Gateway's own translator, into .cache/ if it is not there (about 12 minutes, once): the
// judge of `npm run test:export`. Needs Go, and its module proxy.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = 'v1.9.1';
const folder = join(resolve(dirname(fileURLToPath(import.meta.url)), '..'), '.cache/go');
if (!existsSync(join(folder, 'bin/egctl'))) {
  console.log(`egctl ${VERSION}: building`);
  mkdirSync(folder, { recursive: true });
  const { status, error } = spawnSync(
    'nice',
    ['-n', '10', 'go', 'install', '-trimpath', `github.com/envoyproxy/gateway/cmd/egctl@${VERSION}`],
    {
      stdio: 'inherit',
      env: { ...process.env, GOBIN: join(folder, 'bin'), GOCACHE: join(folder, 'build'), CGO_ENABLED: '0' },
    },
  );
  if (error !== undefined) console.error(`Go is needed: ${error.message}`);
  process.exitCode = status ?? 3;
}
