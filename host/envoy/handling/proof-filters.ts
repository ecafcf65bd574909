/**
 * Basic auth and API keys. Users and keys never stand in a configuration that is written: a static one has a
 * filter for each policy whose settings are in a file beside it, which Envoy watches (ECDS by file). Live,
 * each route has them itself, over the stream that gives Envoy everything else, and the filters are always
 * there, so that the first policy holds for connections that are open, too.
 */

import { routesOf } from '../../plan/routes-of.ts';
import type { ApiKeyAuth, BasicAuth, Handling, Plan, Route } from '../../plan/types.ts';
import { type Any, any, typeUrl } from '../any.ts';
import type { EnvoyOptions, HttpFilter } from '../envoy-types.ts';
import { watchedFile } from '../tls.ts';
import type { Handler } from './handler.ts';
import { asText, type HiddenFile, hiddenFile, hiddenFileName } from './hidden-files.ts';

const BASIC = 'envoy.extensions.filters.http.basic_auth.v3.BasicAuth';
const KEYS = 'envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth';
const names = {
  [BASIC]: 'envoy.filters.http.basic_auth',
  [KEYS]: 'envoy.filters.http.api_key_auth',
} as const;
const BASIC_ROUTE = 'envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute';
const KEYS_ROUTE = 'envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuthPerRoute';
type Filter = keyof typeof names;

const usersOf = ({ users }: BasicAuth) => ({ inline_bytes: asText(users) });
const keysOf = ({ keys, sources, forwardHeader, sanitize }: ApiKeyAuth) => ({
  credentials: keys.map(({ client, key }) => ({ key: asText(key), client })),
  key_sources: sources.map(({ kind, name }) => ({ [kind]: name })),
  forwarding:
    forwardHeader === undefined && !sanitize
      ? undefined
      : { header: forwardHeader, hide_credentials: sanitize || undefined },
});
const basicFilter = (own: BasicAuth) =>
  any(BASIC, { users: usersOf(own), forward_username_header: own.forwardHeader });

/** Nobody has a password of this hash; the routes say who is let in. */
const NOBODY = 'nobody:{SHA}AAAAAAAAAAAAAAAAAAAAAAAAAAA=';
const always = (name: string, config: Any): HttpFilter => ({ name, disabled: true, typed_config: config });
const nobody = (forwardHeader?: string): Any =>
  any(BASIC, { users: { inline_string: NOBODY }, forward_username_header: forwardHeader });

const nameOf = (filter: Filter, own: BasicAuth | ApiKeyAuth): string => `${names[filter]}/${own.name}`;
/** Envoy takes the header of a user's name from the filter alone. */
const forwarding = (header: string): string => `${names[BASIC]}/forward/${header.toLowerCase()}`;

const settings = (routes: readonly Route[]): readonly (readonly [Filter, BasicAuth | ApiKeyAuth])[] => {
  const found = new Map<string, readonly [Filter, BasicAuth | ApiKeyAuth]>();
  for (const { handling } of routes) {
    const { basicAuth, apiKeyAuth } = handling ?? {};
    if (basicAuth !== undefined) found.set(nameOf(BASIC, basicAuth), [BASIC, basicAuth]);
    if (apiKeyAuth !== undefined) found.set(nameOf(KEYS, apiKeyAuth), [KEYS, apiKeyAuth]);
  }
  return [...found.values()];
};

function liveFilters(routes: readonly Route[]): HttpFilter[] {
  const headers = new Map(
    routes.flatMap(({ handling }) => {
      const header = handling?.basicAuth?.forwardHeader;
      return header === undefined ? [] : [[forwarding(header), header] as const];
    }),
  );
  return [
    always(names[KEYS], any(KEYS, { key_sources: [{ header: 'authorization' }] })),
    always(names[BASIC], nobody()),
    ...[...headers].map(([name, header]) => always(name, nobody(header))),
  ];
}

/**
 * Both on new and on open connections: on the latter a filter that forwards the name may not be there yet.
 */
function liveRoute({ basicAuth, apiKeyAuth }: Handling): (readonly [string, Any])[] {
  const found: (readonly [string, Any])[] = [];
  if (apiKeyAuth !== undefined) found.push([names[KEYS], any(KEYS_ROUTE, keysOf(apiKeyAuth))]);
  if (basicAuth === undefined) return found;
  const users = any(BASIC_ROUTE, { users: usersOf(basicAuth) });
  found.push([names[BASIC], users]);
  if (basicAuth.forwardHeader !== undefined) found.push([forwarding(basicAuth.forwardHeader), users]);
  return found;
}

const fromFile = (filter: Filter, own: BasicAuth | ApiKeyAuth, { tlsFolder }: EnvoyOptions): HttpFilter =>
  ({
    name: nameOf(filter, own),
    disabled: true,
    config_discovery: {
      config_source:
        tlsFolder === undefined
          ? { ads: {}, resource_api_version: 'V3' }
          : watchedFile(tlsFolder, hiddenFileName(nameOf(filter, own))),
      type_urls: [typeUrl(filter)],
    },
    // HttpFilter has either of two fields; the type is that of the more usual one.
  }) as unknown as HttpFilter;

/** Over the stream alone can a route hold them itself: a file would show the word `hidden`, as a key. */
export const isStreamed = ({ live, tlsFolder }: Pick<EnvoyOptions, 'live' | 'tlsFolder'>): boolean =>
  live === true && tlsFolder === undefined;

export const proof: Handler = {
  filters: (routes, _, options) =>
    isStreamed(options)
      ? liveFilters(routes)
      : settings(routes).map(([filter, own]) => fromFile(filter, own, options)),
  onRoute: (handling, route, live) =>
    live ? liveRoute(handling) : settings([route]).map((one) => [nameOf(...one), {}] as const),
};

/** The settings of all filters, for the files beside a static configuration: they hold users and keys. */
export function proofFiles(plan: Pick<Plan, 'listeners'>): HiddenFile[] {
  return settings(routesOf(plan)).map(([filter, own]) => {
    const name = nameOf(filter, own);
    const config = 'users' in own ? basicFilter(own) : any(KEYS, keysOf(own));
    const type = typeUrl('envoy.config.core.v3.TypedExtensionConfig');
    return hiddenFile(name, { '@type': type, name, typed_config: config });
  });
}

/** The name of one of its filters. */
export const isProof = (name: string): boolean => Object.values(names).some((one) => name.startsWith(one));
