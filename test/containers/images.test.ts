/**
 * Both images: built as a user builds them, looked into, and the complete one run as its own user on a
 * read-only root, with requests through it, a health check and a SIGTERM.
 */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { backendOf, http1 } from '../../demo/fakes/http1.ts';
import { eventually } from '../support/eventually.ts';
import { containerTest, docker, nodeForGlibc, nodeImage, owner, root, skip } from './support/docker.ts';

const tag = (what: string): string => `loadstar-test-${process.pid}-${what}`;
const labels = Object.entries(owner).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
const images: string[] = [];
const folder = mkdtempSync(join(tmpdir(), 'loadstar-images-'));

function build(dockerfile: string, name: string, ...args: string[]): string {
  docker('build', '-q', '-f', join(root, 'docker', dockerfile), '-t', name, ...args, root);
  images.push(name);
  return name;
}

interface Image {
  readonly Size: number;
  readonly Config: {
    readonly User: string;
    readonly Labels: Record<string, string>;
    readonly Healthcheck?: { readonly Test: readonly string[] };
  };
  readonly RootFS: { readonly Layers: readonly string[] };
}
const inspect = (name: string): Image => (JSON.parse(docker('image', 'inspect', name)) as Image[])[0]!;

after(() => {
  rmSync(folder, { recursive: true, force: true });
  if (skip === false && images.length > 0) docker('rmi', '-f', ...images);
});

containerTest(
  'the filter’s image: plugin.wasm at the root of one layer, labelled, and nothing else',
  async (t) => {
    const name = build(
      'Dockerfile.filter',
      tag('filter'),
      '--build-arg',
      'REVISION=abc',
      '--provenance=false',
    );
    const image = inspect(name);
    const { Labels: found } = image.Config;
    assert.equal(found['org.opencontainers.image.title'], 'loadstar filter');
    assert.equal(found['org.opencontainers.image.licenses'], 'Apache-2.0');
    assert.equal(found['org.opencontainers.image.revision'], 'abc');
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    assert.equal(found['org.opencontainers.image.version'], version);
    assert.equal(image.RootFS.Layers.length, 1);
    const id = docker('create', ...labels, name, '/plugin.wasm').trim();
    docker('cp', `${id}:/plugin.wasm`, join(folder, 'plugin.wasm'));
    const listed = docker('export', '-o', join(folder, 'all.tar'), id) + tarNames(join(folder, 'all.tar'));
    docker('rm', id);
    assert.deepEqual(
      readFileSync(join(folder, 'plugin.wasm')),
      readFileSync(join(root, 'dist/loadstar.wasm')),
    );
    assert.match(listed, /^plugin\.wasm$/m);
    t.diagnostic(`size ${image.Size} bytes`);
    assert.ok(image.Size < 1 << 20);
  },
);

/** Names of a tar's regular files with content. */
function tarNames(path: string): string {
  const bytes = readFileSync(path);
  const names: string[] = [];
  for (let at = 0; at + 512 <= bytes.length; ) {
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 135), 8) || 0;
    const name = bytes.toString('utf8', at, bytes.indexOf(0, at));
    if (name !== '' && size > 0) names.push(name);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return names.join('\n');
}

const backend = `backend-${process.pid}`;
const network = tag('net');
const manifests = join(folder, 'manifests');

containerTest(
  'the complete image: its own user, read-only root, healthy, balanced traffic, SIGTERM',
  async (t) => {
    const name = build('Dockerfile', tag('complete'), '--build-arg', `NODE_IMAGE=${nodeForGlibc()}`);
    const image = inspect(name);
    assert.equal(image.Config.User, '101:101');
    assert.deepEqual(image.Config.Healthcheck?.Test, ['CMD', '/opt/loadstar/healthcheck.sh']);
    assert.equal(image.Config.Labels['org.opencontainers.image.title'], 'loadstar');
    t.diagnostic(
      `size ${image.Size} bytes, of which Envoy's image ${inspect('envoyproxy/envoy:v1.40.0').Size}`,
    );

    docker('network', 'create', ...labels, network);
    const addresses = [1, 2, 3, 4].map((i) => {
      const id = `${backend}-${i}`;
      const script = `${join(root, 'envoy/compose/backend.mjs')}:/app/backend.mjs:ro`;
      const env = ['-e', `NAME=backend-${i}`];
      docker(
        'run',
        '-d',
        '--name',
        id,
        ...labels,
        '--network',
        network,
        ...env,
        '-v',
        script,
        nodeImage,
        'node',
        '/app/backend.mjs',
      );
      return docker('inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', id).trim();
    });
    const text = readFileSync(join(root, 'envoy/header-affinity/in.yaml'), 'utf8');
    const placed = text.replace(/10\.213\.77\.1(\d)/g, (_, i) => addresses[Number(i) - 1]!);
    writeManifests(placed);

    const hardened = [
      '--read-only',
      '--tmpfs',
      '/tmp',
      '--cap-drop',
      'ALL',
      '--security-opt',
      'no-new-privileges',
    ];
    const id = docker(
      ...['run', '-d', ...labels, '--network', network, ...hardened, '-p', '127.0.0.1:0:10080'],
      ...['--health-interval', '1s', '-v', `${manifests}:/manifests:ro`, name],
    ).trim();
    const port = Number(docker('port', id, '10080').trim().split(':').at(-1));
    await eventually('healthy', () => {
      const state = docker('inspect', '-f', '{{.State.Status}} {{.State.Health.Status}}', id).trim();
      if (state !== 'running healthy') throw new Error(`${state}\n${docker('logs', id)}`);
    });
    assert.equal(docker('exec', id, 'id', '-u').trim(), '101');
    assert.throws(() => docker('exec', id, 'touch', '/opt/loadstar/x'), /Read-only file system/);

    const ask = (user: string) => http1({ port, headers: [['x-user', user]] });
    const alice = backendOf(await ask('alice'));
    for (let i = 0; i < 20; i++) assert.equal(backendOf(await ask('alice')), alice);
    const others = new Set<string>();
    for (let i = 0; i < 100; i++) others.add(backendOf(await ask(`user-${i}`)));
    assert.equal(others.size, 4);

    docker('stop', '-t', '20', id);
    const [code, killed] = docker('inspect', '-f', '{{.State.ExitCode}} {{.State.OOMKilled}}', id)
      .trim()
      .split(' ');
    // 137 would be the SIGKILL after the grace period.
    assert.equal(code, '0', docker('logs', id));
    assert.equal(killed, 'false');
  },
);

function writeManifests(text: string): void {
  mkdirSync(manifests);
  writeFileSync(join(manifests, 'in.yaml'), text);
  // The container's user is another one.
  for (const path of [folder, manifests]) chmodSync(path, 0o755);
  chmodSync(join(manifests, 'in.yaml'), 0o644);
}

containerTest('the complete image says what is wrong: no manifests, a refused manifest', async () => {
  const name = images.find((image) => image === tag('complete'))!;
  assert.throws(() => docker('run', '--rm', ...labels, name), /\/manifests is empty: give it your manifests/);
  const bad = join(folder, 'bad');
  mkdirSync(bad, { mode: 0o755 });
  const text = readFileSync(join(root, 'envoy/header-affinity/in.yaml'), 'utf8');
  writeFileSync(join(bad, 'in.yaml'), text.replace('type: ConsistentHash', 'type: ConsistentHush'), {
    mode: 0o644,
  });
  const run = () =>
    docker('run', '--rm', ...labels, '-v', `${bad}:/manifests:ro`, name, 'check', '-f', '/manifests');
  assert.throws(run, /ConsistentHush/);
});
