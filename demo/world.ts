/**
 * All that runs during the demo: backends, an Envoy with the filter, and one with Envoy's own policies alone
 * in front of the same backends. `stop` ends everything that was started, even if the start failed halfway.
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InForce } from '../host/cli/dashboard.ts';
import { hasFiles, writeCertificates } from '../host/cli/tls-files.ts';
import { renderText } from '../host/diagnostics/render.ts';
import { emit } from '../host/envoy/emit.ts';
import { readManifests } from '../host/manifests/read.ts';
import { type EnvoyChoice, findEnvoy } from '../host/run/binary.ts';
import { cacheDir } from '../host/run/cache-dir.ts';
import { RunError } from '../host/run/errors.ts';
import { thisMachine } from '../host/run/machine.ts';
import { type RunningEnvoy, startEnvoy } from '../host/run/process.ts';
import { temporaryFolder } from '../host/run/temporary.ts';
import { translate } from '../host/translate.ts';
import { type Replica, startReplicas } from './backends.ts';
import { authority } from './fakes/certificates.ts';
import { freePort, isFree } from './fakes/ports.ts';
import { demoSources, type Ports } from './manifests.ts';

/** Threads of each Envoy: two, so that both shared and unshared state can be seen. */
export const workers = 2;

export interface Running {
  readonly envoy: Pick<RunningEnvoy, 'admin'> & Partial<Pick<RunningEnvoy, 'listen'>>;
  readonly port: number;
  /** PEM: who has signed the certificate that it shows; absent: plain text. */
  readonly ca?: string;
  /** What it runs; absent where it was translated elsewhere. */
  readonly inForce?: InForce;
}

export interface World {
  readonly backends: readonly Replica[];
  /** The same addresses, HTTP/2, another port. */
  readonly http2: readonly Replica[];
  readonly filter: Running;
  readonly native: Running;
  /** Where backends are not of this process: takes over what they counted. */
  readonly pull?: () => Promise<void>;
  /** … and sends them the current value of `reports`. */
  readonly push?: () => Promise<void>;
}

export const root = ((): string => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
})();

/** Ports 80 and 443 as they are bound. */
const gatewayPorts = { http: 10_080, https: 10_443 };
/** Linux has all of 127.0.0.0/8; macOS only 127.0.0.1. */
const aliasHint = 'on macOS: for i in 11 12 13 14; do sudo ifconfig lo0 alias 127.0.0.$i; done';
const addresses = ['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14'];

/**
 * @param cleanups Filled while starting, so that an interrupted start can be undone, too.
 * @param https Clients come over TLS.
 */
export async function startWorld(
  cleanups: (() => Promise<void>)[],
  say: (line: string) => void,
  https = false,
): Promise<World> {
  const machine = thisMachine();
  const cache = cacheDir(join(root, 'host'), machine.env, existsSync);
  const choice = await findEnvoy(machine, { cacheDir: cache, progress: say });
  say(`Envoy: ${choice.kind === 'binary' ? choice.path : choice.image} (${choice.how})`);

  const backends = await startReplicas(addresses, 3000, 'http1').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRNOTAVAIL') throw error;
    throw new RunError(
      `${error.message}: this machine answers only on some loopback addresses; ${aliasHint}`,
    );
  });
  cleanups.push(...backends.map((backend) => () => backend.stop()));
  const http2 = await startReplicas(addresses, 0, 'h2c');
  cleanups.push(...http2.map((backend) => () => backend.stop()));
  if (backends[0]!.port !== 3000) say(`port 3000 is taken: the backends listen on ${backends[0]!.port}`);

  const gatewayPort = https ? gatewayPorts.https : gatewayPorts.http;
  const ca = https ? authority() : undefined;
  const free = await isFree(gatewayPort);
  const port = free ? gatewayPort : await freePort();
  if (!free) say(`port ${gatewayPort} is taken: the gateway listens on ${port}`);
  const ports = { backends: backends[0]!.port, http2: http2[0]!.port, ca };
  const [filter, native] = await Promise.all([
    start('filter', choice, port, { ...ports, gateway: free ? undefined : port }, cleanups),
    freePort().then((other) => start('native', choice, other, { ...ports, gateway: other }, cleanups)),
  ]);
  return { backends, http2, filter, native };
}

async function start(
  engine: 'filter' | 'native',
  envoy: EnvoyChoice,
  port: number,
  ports: Ports,
  cleanups: (() => Promise<void>)[],
): Promise<Running> {
  const wasm = join(root, 'dist', 'loadstar.wasm');
  if (engine === 'filter' && !existsSync(wasm))
    throw new RunError('dist/loadstar.wasm is missing: npm run build');
  const folder = relative(process.cwd(), join(root, 'envoy', 'demo', 'manifests'));
  const written = await readManifests([folder], async () => '');
  const temporary = temporaryFolder(join(tmpdir(), 'loadstar-demo-'));
  cleanups.push(async () => temporary.remove());
  const tlsFolder = join(temporary.path, 'tls');
  const { bootstrap, plan, filter, model, diagnostics, refused } = translate(
    demoSources(written.sources, ports),
    { engine, wasm, admin: { address: '127.0.0.1', port: 0 }, strict: false, tlsFolder },
    written.diagnostics,
  );
  if (refused)
    throw new RunError(`the demo's manifests are refused:\n${renderText(diagnostics, { color: false })}`);
  if (hasFiles(plan)) writeCertificates({ path: tlsFolder, own: true }, plan);
  const started = await startEnvoy({
    envoy,
    config: emit(bootstrap, 'json'),
    format: 'json',
    files: [wasm, ...(hasFiles(plan) ? [join(tlsFolder, 'any')] : [])],
    concurrency: workers,
  });
  cleanups.push(() => started.stop(0));
  const inForce = { named: { plan, labels: new Map() }, filter, model };
  return { envoy: started, port, ca: ports.ca?.certificate, inForce };
}
