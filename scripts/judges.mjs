// Builds a translator of others into .cache/ (about 12 minutes each, the first time): the judges of
// `npm run test:export` and `npm run test:export:istio`. Needs Go, and its module proxy.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, '.cache/go/bin');
const judges = {
  // Envoy Gateway's own.
  egctl: { folder: root, args: ['install', '-trimpath', 'github.com/envoyproxy/gateway/cmd/egctl@v1.9.1'] },
  // Istio's control plane without a cluster; its version stands in go.mod.
  pilot: {
    folder: join(root, 'test/export/istio/go'),
    args: ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', join(bin, 'pilot'), '.'],
  },
};

const [name = ''] = process.argv.slice(2);
if (!Object.hasOwn(judges, name)) throw new Error(`one of ${Object.keys(judges).join(', ')}, not ${name}`);
const { folder, args } = judges[name];
// Go itself sees whether its own sources have changed.
if (folder !== root || !existsSync(join(bin, name))) {
  console.log(`${name}: building`);
  mkdirSync(bin, { recursive: true });
  const { status, error } = spawnSync('nice', ['-n', '10', 'go', ...args], {
    cwd: folder,
    stdio: 'inherit',
    env: { ...process.env, GOBIN: bin, CGO_ENABLED: '0' },
  });
  if (error !== undefined) console.error(`Go is needed: ${error.message}`);
  process.exitCode = status ?? 3;
}
