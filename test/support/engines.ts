/** The same manifests under both engines, each in an Envoy of its own, in front of the same backends. */
import type { Backend } from '../../demo/fakes/backend.ts';
import { type Bootstrap, Envoy, type EnvoyOptions } from './envoy.ts';
import type { Manifest } from './manifests.ts';
import { type Engine, translate } from './translate.ts';

export interface Engines {
  readonly filter: Envoy;
  readonly native: Envoy;
  readonly bootstraps: Readonly<Record<Engine, Bootstrap>>;
  stop(): Promise<void>;
}

/** @param change Applied to the bootstrap of an engine before it starts. */
export async function startEngines(
  manifests: readonly Manifest[],
  options: EnvoyOptions = {},
  change: (bootstrap: Bootstrap, engine: Engine) => Bootstrap = (bootstrap) => bootstrap,
): Promise<Engines> {
  const [filterConfig, nativeConfig] = await Promise.all([
    translate(manifests, 'filter'),
    translate(manifests, 'native'),
  ]);
  const bootstraps = { filter: change(filterConfig, 'filter'), native: change(nativeConfig, 'native') };
  const filter = await Envoy.start(bootstraps.filter, options);
  try {
    const native = await Envoy.start(bootstraps.native, options);
    return {
      filter,
      native,
      bootstraps,
      stop: async () => {
        await Promise.all([filter.stop(), native.stop()]);
      },
    };
  } catch (error) {
    await filter.stop();
    throw error;
  }
}

/** Runs `work` for every item, `width` at a time, results in order. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

/** Name of the backend that listens at `ip:port`. */
export function nameOf(backends: readonly Backend[], host: string): string {
  const found = backends.find((backend) => backend.host === host);
  if (found === undefined) throw new Error(`${host} is none of the backends`);
  return found.name;
}
