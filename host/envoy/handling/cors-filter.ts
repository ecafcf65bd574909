/** CORS → Envoy's filter: it answers preflights, and says in other answers who may read them. */
import { weakMemo } from '../../basics/collections.ts';
import type { Handling } from '../../plan/types.ts';
import type { StringMatcherJson } from '../../proto/matcher_pb.js';
import { any, extension } from '../any.ts';
import { quoteRegex } from '../path-edit.ts';
import { disabled, type Handler, oneFilter } from './handler.ts';

const routeConfig = weakMemo((own: NonNullable<Handling['cors']>) =>
  any('envoy.extensions.filters.http.cors.v3.CorsPolicy', {
    allow_origin_string_match: own.allowOrigins.map(originMatcher),
    allow_methods: list(own.allowMethods),
    allow_headers: list(own.allowHeaders),
    expose_headers: list(own.exposeHeaders),
    max_age: own.maxAgeSeconds === undefined ? undefined : String(own.maxAgeSeconds),
    allow_credentials: own.allowCredentials,
    // A preflight of another origin is answered too, but names no origin.
    forward_not_matching_preflights: false,
  }),
);

export const cors: Handler = oneFilter(
  'cors',
  disabled(extension('envoy.extensions.filters.http.cors.v3.Cors', {})),
  routeConfig,
);

const list = (values: readonly string[]): string | undefined =>
  values.length === 0 ? undefined : values.join(', ');

export function originMatcher(origin: string): StringMatcherJson {
  return origin.includes('*') ? { safe_regex: { regex: originPattern(origin) } } : { exact: origin };
}

/** `*` stands for any text, as in Envoy Gateway; the pattern is for the whole origin. */
export const originPattern = (origin: string): string => quoteRegex(origin).replaceAll('\\*', '.*');
