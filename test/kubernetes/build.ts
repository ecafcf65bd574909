/**
 * Builds what the tests on a real Kubernetes API server need, from Go's module proxy alone: etcd,
 * kube-apiserver, kube-controller-manager, the Gateway API's conformance suite with its backend; and lays out
 * the CRDs of the Gateway API and of Envoy Gateway. What is there already is not built again.
 *
 *     node --import tsx test/kubernetes/build.ts
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  CRDS,
  type Crds,
  crdsPath,
  moduleFolder,
  PROGRAMS,
  type Program,
  programPath,
} from './support/files.ts';

function go(module: string, args: readonly string[]): string {
  const { status, stdout, error } = spawnSync('go', args, {
    cwd: moduleFolder(module),
    // The files go.mod and go.sum say what is built; nothing changes them here.
    env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error !== undefined) throw new Error(`go: ${error.message}`);
  if (status !== 0) throw new Error(`go ${args.join(' ')} ended with ${status}`);
  return stdout;
}

/** @param make Writes to the path that it is given: what stands at the last one is whole. */
function once(path: string, what: string, make: (part: string) => void): void {
  if (existsSync(path)) return;
  const started = Date.now();
  mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.part`;
  rmSync(part, { recursive: true, force: true });
  make(part);
  renameSync(part, path);
  console.error(`kubernetes: ${what}: ${Math.round((Date.now() - started) / 1000)} s`);
}

for (const name of Object.keys(CRDS) as Crds[]) {
  const { module, folder } = CRDS[name];
  once(crdsPath(name), `${module}/${folder}`, (part) => {
    const { Dir } = JSON.parse(go('crds', ['mod', 'download', '-json', module])) as { Dir: string };
    cpSync(join(Dir, folder), part, { recursive: true });
  });
}
for (const name of Object.keys(PROGRAMS) as Program[]) {
  const { module, from, test } = PROGRAMS[name];
  once(programPath(name), `${name} of ${from}`, (part) => {
    go(module, [...(test ? ['test', '-c'] : ['build']), '-ldflags=-s -w', '-o', part, from]);
  });
}
