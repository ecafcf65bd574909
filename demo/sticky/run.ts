/**
 * One policy through all phases: an Envoy of its own, hosts with cold caches, the same requests for each
 * policy.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { InForce } from '../../host/cli/dashboard.ts';
import { renderText } from '../../host/diagnostics/render.ts';
import { emit } from '../../host/envoy/emit.ts';
import type { EnvoyChoice } from '../../host/run/binary.ts';
import { RunError } from '../../host/run/errors.ts';
import { type RunningEnvoy, startEnvoy } from '../../host/run/process.ts';
import { translate } from '../../host/translate.ts';
import { CacheHost } from '../fakes/cache-host.ts';
import type { HostOptions } from '../fakes/cached-work.ts';
import { type LoadOptions, startLoad } from '../fakes/open-load.ts';
import { freePort } from '../fakes/ports.ts';
import { root } from '../world.ts';
import { type Contender, hostName, manifests, patch } from './policies.ts';
import { type Phase, sampleMs, type Trace } from './types.ts';

export interface RunOptions {
  readonly envoy: EnvoyChoice;
  readonly contender: Contender;
  readonly phases: readonly Phase[];
  readonly hosts: readonly HostOptions[];
  /** Of 127.0.0.1, for each host; otherwise the kernel chooses, and keys have other homes each time. */
  readonly ports?: readonly number[];
  readonly load: Pick<LoadOptions, 'rate' | 'rampMs' | 'keys' | 'exponent' | 'seed' | 'timeoutMs'>;
  /** Threads of Envoy: each has its own view of what is in flight, and they must do together. */
  readonly workers: number;
  /** What happens when a phase begins; `port` is Envoy's. */
  readonly change: (phase: Phase, hosts: readonly CacheHost[], port: number) => void;
  readonly cleanups: (() => Promise<void>)[];
  readonly progress: (phase: Phase, secondsLeft: number) => void;
  /** Is told of the Envoy before the load begins. */
  readonly onEnvoy?: (envoy: RunningEnvoy, inForce: InForce) => Promise<void>;
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export async function run(options: RunOptions): Promise<Trace> {
  const { contender, phases, cleanups, progress, workers } = options;
  const hosts: CacheHost[] = [];
  for (const [i, host] of options.hosts.entries())
    hosts.push(await CacheHost.start(host, options.load.seed * 1_000 + i, options.ports?.[i]));
  const stopHosts = async () => void (await Promise.all(hosts.map((host) => host.stop())));
  cleanups.push(stopHosts);
  const ports = hosts.map(({ port }) => port);
  const gateway = await freePort();
  const { config, inForce } = configuration(contender, gateway, ports);
  const envoy = await startEnvoy({
    envoy: options.envoy,
    config,
    format: 'json',
    files: [wasm()],
    concurrency: workers,
  });
  cleanups.push(() => envoy.stop(0));
  await options.onEnvoy?.(envoy, inForce);
  const loads: number[][] = [];
  const lateness = monitorEventLoopDelay({ resolution: 5 });
  lateness.enable();
  const load = startLoad({ ...options.load, port: gateway, path: '/', host: hostName });
  const sampler = setInterval(() => loads.push(hosts.map(({ work }) => work.load)), sampleMs);
  try {
    let end = performance.now();
    for (const phase of phases) {
      options.change(phase, hosts, gateway);
      end += phase.seconds * 1_000;
      for (let left = end - performance.now(); left > 0; left = end - performance.now()) {
        progress(phase, Math.ceil(left / 1_000));
        await pause(Math.min(left, 1_000));
      }
    }
  } finally {
    clearInterval(sampler);
    await load.stop();
  }
  lateness.disable();
  const lateMs = Math.max(0, lateness.percentile(99) / 1e6 - 5);
  const stats = await envoy.admin.filterStats();
  await Promise.all([envoy.stop(0), stopHosts()]);
  return { contender: contender.name, sent: load.sent, loads, ports, lateMs, stats };
}

const wasm = (): string => join(root, 'dist', 'loadstar.wasm');

function configuration(
  contender: Contender,
  gateway: number,
  ports: readonly number[],
): { readonly config: string; readonly inForce: InForce } {
  if (!existsSync(wasm())) throw new RunError('dist/loadstar.wasm is missing: npm run build');
  const { bootstrap, plan, filter, model, diagnostics, refused } = translate(
    [{ file: 'sticky', text: manifests(contender, gateway, ports) }],
    {
      engine: contender.engine,
      wasm: wasm(),
      admin: { address: '127.0.0.1', port: 0 },
      strict: false,
    },
  );
  if (refused)
    throw new RunError(`the demo's manifests are refused:\n${renderText(diagnostics, { color: false })}`);
  patch(bootstrap, contender);
  const inForce = { named: { plan, labels: new Map() }, filter, model };
  return { config: emit(bootstrap, 'json'), inForce };
}
