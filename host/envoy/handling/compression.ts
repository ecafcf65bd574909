/**
 * Compression of answers → the filter compressor, one for each algorithm. Envoy Gateway has one for a
 * listener, set up by the first route that it finds; here a route that asks for another size has another
 * filter.
 */
import type { Compressor, Handling } from '../../plan/types.ts';
import { any, extension } from '../any.ts';
import type { HttpFilter } from '../envoy-types.ts';
import type { Handler } from './handler.ts';

/** The backend must not compress in place of Envoy. */
export const ACCEPT_ENCODING = 'accept-encoding';

const LIBRARIES = {
  Gzip: extension('envoy.extensions.compression.gzip.compressor.v3.Gzip', {}),
  Brotli: extension('envoy.extensions.compression.brotli.compressor.v3.Brotli', {}),
  Zstd: extension('envoy.extensions.compression.zstd.compressor.v3.Zstd', {}),
} as const;

/** The first of a route is preferred where a client takes several alike. */
const nameOf = ({ type, minBytes }: Compressor, first: boolean): string =>
  [
    `envoy.filters.http.compressor.${type.toLowerCase()}`,
    ...(minBytes === undefined ? [] : [`${minBytes}`]),
    ...(first ? [] : ['next']),
  ].join('/');

export const compression: Handler = {
  filters: (routes) => {
    const filters = new Map<string, HttpFilter>();
    for (const { handling } of routes)
      for (const [i, one] of (handling?.compressors ?? []).entries())
        filters.set(nameOf(one, i === 0), filterOf(one, i === 0));
    return [...filters.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  },
  onRoute: ({ compressors = [] }: Handling) =>
    compressors.map((one, i) => [
      nameOf(one, i === 0),
      any('envoy.extensions.filters.http.compressor.v3.CompressorPerRoute', {
        overrides: { response_direction_config: {} },
      }),
    ]),
};

const filterOf = (one: Compressor, first: boolean): HttpFilter => ({
  ...extension('envoy.extensions.filters.http.compressor.v3.Compressor', {
    compressor_library: LIBRARIES[one.type],
    response_direction_config:
      one.minBytes === undefined ? undefined : { common_config: { min_content_length: one.minBytes } },
    choose_first: first || undefined,
  }),
  name: nameOf(one, first),
  disabled: true,
});
