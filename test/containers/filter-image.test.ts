/**
 * The filter's image as a registry has it: Istio and Envoy Gateway read linux/amd64, the last layer, gzip.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { containerTest, docker, root } from './support/docker.ts';
import { startRegistry } from './support/registry.ts';

containerTest('what is pushed has the layout that both engines pull', async () => {
  const registry = await startRegistry();
  const name = `${registry.address}/loadstar-filter:test-${process.pid}`;
  try {
    // Asynchronously: the registry is this process.
    const run = async (...args: string[]) =>
      await promisify(execFile)('docker', args, { cwd: root, timeout: 120_000 });
    const how = ['--platform', 'linux/amd64', '--provenance=false', '-f', 'docker/Dockerfile.filter'];
    await run('build', '-q', ...how, '-t', name, '.');
    await run('push', '-q', name);
    const { config, layers } = registry.manifest();
    const { os, architecture } = JSON.parse(registry.blobs.get(config.digest)!.toString());
    assert.equal(`${os}/${architecture}`, 'linux/amd64');
    const last = layers.at(-1)!;
    assert.match(last.mediaType, /\.tar[.+]gzip$/);
    const tar = gunzipSync(registry.blobs.get(last.digest)!);
    assert.equal(tar.toString('utf8', 0, tar.indexOf(0)).replace('./', ''), 'plugin.wasm');
    const module = readFileSync(join(root, 'dist/loadstar.wasm'));
    assert.deepEqual(tar.subarray(512, 512 + module.length), module);
  } finally {
    registry.close();
    docker('rmi', '-f', name);
  }
});
