/**
 * What every container test needs to know of this machine's Docker: whether a daemon answers (else the tests
 * are skipped with that reason), the two settings of testcontainers that some machines need, and that nothing
 * of a crashed run is left.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname, networkInterfaces } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { whyNoDocker } from '../../../demo/docker.ts';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
export const envoyImage = 'envoyproxy/envoy:v1.40.0';
export const nodeImage = 'node:22-alpine';

const reason = await whyNoDocker();
/** For node:test's `skip`: false where Docker answers. */
export const skip: string | false =
  reason === undefined
    ? false
    : `NOT RUN, no Docker daemon answers (${reason}): start one to run the container tests`;

/** A test that needs Docker. The bound ends a hung run; it judges nothing. */
export const containerTest = (name: string, body: (t: TestContext) => Promise<void>): void =>
  void test(name, { skip, timeout: 300_000 }, body);

/** Runs docker; throws with its standard error unless `fails` allows it. */
export function docker(...args: string[]): string {
  const result = spawnSync('docker', args, { encoding: 'utf8', timeout: 300_000, maxBuffer: 64 << 20 });
  if (result.status !== 0)
    throw new Error(`docker ${args.slice(0, 4).join(' ')} …: ${result.stderr || result.error?.message}`);
  return result.stdout;
}

/**
 * An image of node for glibc, as docker/Dockerfile wants. Where Debian's cannot be had, another one that is
 * there takes its place.
 */
export function nodeForGlibc(): string {
  const dockerfile = readFileSync(join(root, 'docker/Dockerfile'), 'utf8');
  const wanted = /^ARG NODE_IMAGE=(.+)$/m.exec(dockerfile)![1]!;
  return pullable(wanted) ? wanted : nodeImage;
}

const label = 'loadstar.test';
/** On everything that these tests make: whose it is, so that only what is certainly dead is swept. */
export const owner: Readonly<Record<string, string>> = { [label]: `${hostname()}/${process.pid}` };
/** Name of a compose project of this process. */
export const project = (what: string): string => `loadstar-test-${process.pid}-${what}`;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes containers and networks of ours, by label and by project, whose process is `gone`. */
function sweep(gone: (pid: number) => boolean): void {
  const format = `{{.ID}} {{.Label "${label}"}} {{.Label "com.docker.compose.project"}}`;
  const ours = (lines: string): string[] =>
    lines.split('\n').flatMap((line) => {
      const [id, mark, composeProject] = line.split(' ');
      const pid = mark?.startsWith(`${hostname()}/`)
        ? Number(mark!.slice(hostname().length + 1))
        : Number(/^loadstar-test-(\d+)-/.exec(composeProject ?? '')?.[1]);
      return id !== undefined && pid > 0 && gone(pid) ? [id] : [];
    });
  const containers = ours(docker('ps', '-a', '--format', format));
  if (containers.length > 0) remove('rm', '-fv', ...containers);
  const networks = ours(docker('network', 'ls', '--format', format));
  if (networks.length > 0) remove('network', 'rm', ...networks);
}

/** Two test processes may begin at once and sweep the same: what the other one took is gone as well. */
function remove(...args: string[]): void {
  const { status, stderr } = spawnSync('docker', args, { encoding: 'utf8', timeout: 300_000 });
  const wrong = stderr.split('\n').filter((line) => line !== '' && !TAKEN.test(line));
  if (status !== 0 && wrong.length > 0) throw new Error(`docker ${args[0]} …: ${wrong.join('\n')}`);
}
const TAKEN = /already in progress|No such container|network \S+ not found|^exit status/i;

function pullable(image: string): boolean {
  if (spawnSync('docker', ['image', 'inspect', image], { timeout: 15_000 }).status === 0) return true;
  return spawnSync('docker', ['pull', '-q', image], { timeout: 60_000 }).status === 0;
}

if (skip === false) {
  sweep((pid) => !alive(pid));
  // After every hook of the tests, and however the process ends.
  process.on('exit', () => sweep((pid) => pid === process.pid));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  // Ryuk, which cleans up after a crash, is an image: where it cannot be had, the sweep above has to do.
  const reaper = join(dirname(createRequire(import.meta.url).resolve('testcontainers')), 'reaper/reaper.js');
  const image = existsSync(reaper)
    ? /testcontainers\/ryuk:[\w.]+/.exec(readFileSync(reaper, 'utf8'))?.[0]
    : undefined;
  if (process.env.TESTCONTAINERS_RYUK_DISABLED === undefined && (image === undefined || !pullable(image)))
    process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  // In a container, testcontainers takes the bridge's gateway for the daemon's host. When the bridge is one
  // of our own interfaces, the daemon runs beside us and publishes on our 127.0.0.1.
  if (existsSync('/.dockerenv') && networkInterfaces().docker0 !== undefined)
    process.env.TESTCONTAINERS_HOST_OVERRIDE ??= '127.0.0.1';
}
