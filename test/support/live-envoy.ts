/** A real Envoy on our own discovery server, both in hand of a test: published to as `loadstar run` does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnvoyOptions } from '../../host/envoy/envoy-types.ts';
import { type Configuration, configurationOf } from '../../host/live/configuration.ts';
import { meanwhile } from '../../host/live/meanwhile.ts';
import { translate } from '../../host/translate.ts';
import { encode } from '../../host/xds/encode.ts';
import { EnvoyGroup } from '../../host/xds/group.ts';
import type { Resources } from '../../host/xds/resources.ts';
import { AdsServer } from '../../host/xds/server.ts';
import { startBootstrap } from '../../host/xds/start-bootstrap.ts';
import { Envoy } from './envoy.ts';
import { type Manifest, render } from './manifests.ts';
import { wasmPath } from './translate.ts';

interface LiveEnvoyOptions {
  /** Path of the module; default: the one that ships. */
  readonly wasm?: string;
  readonly concurrency?: number;
  /** Default: filter. */
  readonly engine?: EnvoyOptions['engine'];
  /** What is published in the place of the resources. */
  readonly instead?: (resources: Resources) => Resources;
}

const same = (resources: Resources): Resources => resources;

export class LiveEnvoy {
  readonly envoy: Envoy;
  readonly #server: AdsServer;
  readonly #group: EnvoyGroup;
  readonly #folder: string;
  readonly #options: EnvoyOptions;
  readonly #instead: (resources: Resources) => Resources;
  #now: Configuration;

  private constructor(
    envoy: Envoy,
    server: AdsServer,
    group: EnvoyGroup,
    folder: string,
    options: EnvoyOptions,
    now: Configuration,
    instead: (resources: Resources) => Resources,
  ) {
    this.envoy = envoy;
    this.#server = server;
    this.#group = group;
    this.#folder = folder;
    this.#options = options;
    this.#now = now;
    this.#instead = instead;
  }

  static async start(
    manifests: readonly Manifest[],
    { wasm = wasmPath(), concurrency = 2, engine = 'filter', instead = same }: LiveEnvoyOptions = {},
  ): Promise<LiveEnvoy> {
    const options: EnvoyOptions = {
      engine,
      wasm,
      admin: { address: '127.0.0.1', port: 0 },
      live: true,
    };
    const first = configuration(manifests, options);
    const folder = mkdtempSync(join(tmpdir(), 'loadstar-live-envoy-'));
    const path = join(folder, 'xds.sock');
    const group = new EnvoyGroup(encode(instead(first.resources)), { answerMs: 60_000 });
    const server = new AdsServer(() => group);
    await server.listen({ path });
    try {
      const envoy = await Envoy.start(startBootstrap(first.bootstrap, { servers: [{ path }] }) as object, {
        concurrency,
      });
      return new LiveEnvoy(envoy, server, group, folder, options, first, instead);
    } catch (error) {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Resolves when Envoy has taken it. Throws what Envoy, or the translation, refuses. */
  async publish(manifests: readonly Manifest[]): Promise<void> {
    const next = configuration(manifests, this.#options);
    const snapshot = encode(this.#instead(next.resources), this.#group.snapshot);
    const between = encode(this.#instead(meanwhile(this.#now.resources, next.resources)), snapshot);
    const { refusals, silent } = await this.#group.publish(snapshot, between);
    if (refusals.length + silent.length > 0) throw new Error(JSON.stringify({ refusals, silent }));
    this.#now = next;
  }

  async stop(): Promise<void> {
    await this.envoy.stop();
    await this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Listeners on a port that the kernel chooses, at 127.0.0.1. */
function configuration(manifests: readonly Manifest[], options: EnvoyOptions): Configuration {
  const { plan, refused, diagnostics } = translate([{ file: 'test', text: render(manifests) }], {
    ...options,
    strict: false,
  });
  if (refused) throw new Error(JSON.stringify(diagnostics));
  const listeners = plan.listeners.map((listener) => ({ ...listener, address: '127.0.0.1', port: 0 }));
  return configurationOf({ ...plan, listeners }, options);
}
