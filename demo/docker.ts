/**
 * The demo's stage in containers: docker-compose.yml brought up on a network and ports of its own, so that it
 * meets neither a user's running stack nor another test's, with a configuration that the shipped CLI makes
 * from envoy/compose/manifests for that network.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The network of docker-compose.yml and of the manifests in envoy/. */
const defaultNet = '10.213.77';
/** Where docker-compose.yml mounts the filter. */
export const wasmInContainer = '/etc/envoy/loadstar.wasm';
const backendNames = ['backend-1', 'backend-2', 'backend-3', 'backend-4'] as const;

/** A problem that the user has to solve (no daemon, nothing built); the message says how. */
export class StackProblem extends Error {
  override readonly name = 'StackProblem';
}

export interface StackBackend {
  readonly name: string;
  /** `ip:port` as Envoy knows it. */
  readonly host: string;
  /** Requests so far, by x-demo-count, else by path. */
  counts(): Promise<ReadonlyMap<string, number>>;
  /**
   * Headers and trailers with which later answers to `path` (`*`: any other) report load; default: on both
   * protocols.
   */
  report(path: string, report: Report, on?: 'http1' | 'http2'): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
}
export interface Report {
  readonly headers?: Readonly<Record<string, string>>;
  readonly trailers?: Readonly<Record<string, string>>;
  readonly onlyWhenAsked?: boolean;
}

export interface Stack {
  readonly project: string;
  /** Envoy's listener and admin, on 127.0.0.1. */
  readonly port: number;
  readonly adminPort: number;
  /** The same of the second Envoy, where there is one. */
  readonly native?: { readonly port: number; readonly adminPort: number };
  readonly backends: readonly StackBackend[];
  /** Any docker compose command on this stack; throws with what it wrote to standard error. */
  compose(...args: string[]): Promise<string>;
  /**
   * Replaces Envoy's configuration by what these manifests (a folder) become, and waits until the new Envoy
   * is ready.
   */
  use(manifests: string): Promise<void>;
  /** Removes containers, network and files; safe to call twice. */
  down(): Promise<void>;
}

interface StackOptions {
  /** The project's folder, with docker-compose.yml and dist/. */
  readonly root: string;
  /** Name of the compose project: lower case, unique on this daemon. */
  readonly project: string;
  /**
   * Envoy's configuration for a network (its first three parts); default: what the CLI makes of
   * envoy/compose/manifests.
   */
  readonly config?: (net: string) => Promise<string>;
  /** Configuration of a second Envoy, with its own policies alone; default: there is none. */
  readonly nativeConfig?: (net: string) => Promise<string>;
  /** First three parts of the networks to try, in order. */
  readonly nets?: readonly string[];
  /** Called with how to undo it, before anything is started: for a start that is broken off. */
  readonly onStart?: (down: () => Promise<void>) => void;
  /** Published ports; default 0, which lets the kernel choose. */
  readonly port?: number;
  readonly adminPort?: number;
}

/** Undefined when a daemon and compose answer, else why not, in one line. */
export async function whyNoDocker(): Promise<string | undefined> {
  for (const args of [
    ['info', '--format', '{{.ServerVersion}}'],
    ['compose', 'version'],
  ]) {
    const result = await run('docker', args, {}, 15_000);
    if (result.code !== 0)
      return `docker ${args.join(' ')}: ${result.stderr.trim().split('\n').at(-1) || 'no answer'}`;
  }
  return undefined;
}

/**
 * Brings the stack up and resolves when every health check is green. Throws StackProblem when something is
 * missing, and takes down what it started when it fails.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { root } = options;
  for (const [file, command] of [
    ['dist/loadstar.wasm', 'npm run build'],
    ['dist/loadstar.mjs', 'npm run build'],
  ]) {
    if (!existsSync(join(root, file!)))
      throw new StackProblem(`${file} is missing: run \`${command}\` first`);
  }
  const reason = await whyNoDocker();
  if (reason !== undefined) throw new StackProblem(`Docker does not answer: ${reason}`);
  const nets = options.nets ?? [defaultNet, ...Array.from({ length: 8 }, (_, i) => `10.213.${78 + i}`)];
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-compose-'));
  try {
    for (const net of nets) {
      const stack = await tryNet(options, folder, net);
      if (stack !== undefined) return stack;
    }
    throw new StackProblem(`every network is taken: ${nets.map((net) => `${net}.0/24`).join(', ')}`);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function tryNet(options: StackOptions, folder: string, net: string): Promise<Stack | undefined> {
  const { root, project } = options;
  const configFile = join(folder, 'envoy.yaml');
  const nativeFile = join(folder, 'envoy-native.yaml');
  const env = {
    LOADSTAR_NET: net,
    LOADSTAR_CONFIG: configFile,
    LOADSTAR_NATIVE_CONFIG: nativeFile,
    LOADSTAR_PORT: String(options.port ?? 0),
    LOADSTAR_ADMIN_PORT: String(options.adminPort ?? 0),
    LOADSTAR_NATIVE_PORT: '0',
    LOADSTAR_NATIVE_ADMIN_PORT: '0',
    ...(options.nativeConfig === undefined ? {} : { COMPOSE_PROFILES: 'native' }),
  };
  const compose = async (...args: string[]): Promise<string> => {
    const all = ['compose', '-f', join(root, 'docker-compose.yml'), '-p', project, ...args];
    const result = await run('docker', all, env, 180_000);
    if (result.code !== 0) throw new Error(`docker compose ${args.join(' ')}: ${result.stderr.trim()}`);
    return result.stdout;
  };
  const remove = () => compose('down', '--volumes', '--remove-orphans', '--timeout', '2');
  const configure = (text: string, file = configFile): void => {
    writeFileSync(file, text);
    // Envoy reads it as another user.
    chmodSync(file, 0o644);
  };
  if (options.nativeConfig !== undefined) configure(await options.nativeConfig(net), nativeFile);
  configure(
    await (options.config ?? ((at) => translated(root, join(root, 'envoy/compose/manifests'), at)))(net),
  );
  options.onStart?.(async () => {
    await remove();
    rmSync(folder, { recursive: true, force: true });
  });
  try {
    await compose('up', '--wait', '--wait-timeout', '90');
  } catch (error) {
    const { message } = error as Error;
    const logs = await compose('logs', '--no-color', '--tail', '20').catch(() => '');
    await remove().catch(() => {});
    if (/Pool overlaps|networks have overlapping|address already in use.*network/i.test(message))
      return undefined;
    throw new Error(`${message}\n${logs}`);
  }
  const portOf = async (service: string, port: number): Promise<number> =>
    Number((await compose('port', service, String(port))).trim().split(':').at(-1));
  const ports = [await portOf('envoy', 10080), await portOf('envoy', 9901)];
  const native =
    options.nativeConfig === undefined
      ? undefined
      : { port: await portOf('envoy-native', 10080), adminPort: await portOf('envoy-native', 9901) };
  const backends = backendNames.map((name, i) => remote(name, `${net}.${11 + i}:3000`, compose, portOf));
  return {
    project,
    get port() {
      return ports[0]!;
    },
    get adminPort() {
      return ports[1]!;
    },
    native,
    backends,
    compose,
    use: async (manifests) => {
      configure(await translated(root, manifests, net));
      await compose(
        'up',
        '--wait',
        '--wait-timeout',
        '90',
        '--force-recreate',
        '--no-deps',
        '--timeout',
        '2',
        'envoy',
      );
      ports[0] = await portOf('envoy', 10080);
      ports[1] = await portOf('envoy', 9901);
    },
    down: async () => {
      await remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function remote(
  name: string,
  host: string,
  compose: (...args: string[]) => Promise<string>,
  portOf: (service: string, port: number) => Promise<number>,
): StackBackend {
  // A stopped and started container may be published on another port.
  let port: Promise<number> | undefined;
  const at = async (path: string): Promise<string> => {
    port ??= portOf(name, 3000);
    return `http://127.0.0.1:${await port}${path}`;
  };
  return {
    name,
    host,
    counts: async () => {
      const answer = await fetch(await at('/count'));
      const { counts } = (await answer.json()) as { counts: Record<string, number> };
      return new Map(Object.entries(counts));
    },
    report: async (path, report, on) => {
      const url = await at(`/report?path=${encodeURIComponent(path)}${on === undefined ? '' : `&on=${on}`}`);
      const answer = await fetch(url, { method: 'PUT', body: JSON.stringify(report) });
      if (!answer.ok) throw new Error(`${name} refused its report: ${await answer.text()}`);
    },
    stop: async () => {
      port = undefined;
      await compose('stop', '--timeout', '1', name);
    },
    start: async () => {
      port = undefined;
      await compose('up', '--wait', '--no-recreate', name);
    },
  };
}

/** What the shipped CLI makes of a folder's manifests, moved to another network. */
async function translated(root: string, manifests: string, net: string): Promise<string> {
  const moved = mkdtempSync(join(tmpdir(), 'loadstar-manifests-'));
  try {
    for (const name of readdirSync(manifests).filter((n) => n.endsWith('.yaml') && n !== 'envoy.yaml')) {
      const text = readFileSync(join(manifests, name), 'utf8');
      writeFileSync(join(moved, name), text.replaceAll(`${defaultNet}.`, `${net}.`));
    }
    const args = ['translate', '-f', moved, '--wasm', wasmInContainer, '--admin', '0.0.0.0:9901'];
    const result = await run(process.execPath, [join(root, 'dist/loadstar.mjs'), ...args], {}, 60_000);
    if (result.code !== 0) throw new Error(`loadstar translate -f ${manifests}: ${result.stderr}`);
    return result.stdout;
  } finally {
    rmSync(moved, { recursive: true, force: true });
  }
}

function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  timeout: number,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
      // Its own group: Ctrl-C reaches the demo alone, which then takes the stack down in order.
      detached: true,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.on('error', (error) => done({ code: null, stdout, stderr: error.message }));
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}
