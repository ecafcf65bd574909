/**
 * A credential that backends are shown. A listener has a filter for each, switched on by its routes; the
 * credential comes by name (SDS): from a file that Envoy watches, or over the stream. So a renewed one
 * changes no listener.
 */
import { routesOf } from '../../plan/routes-of.ts';
import type { Injection, Plan, Route } from '../../plan/types.ts';
import { any, extension, typeUrl } from '../any.ts';
import type { EnvoyOptions, HttpFilter } from '../envoy-types.ts';
import { secretSource } from '../tls.ts';
import type { Handler } from './handler.ts';
import { asText, type HiddenFile, hiddenFile, hiddenFileName } from './hidden-files.ts';

const INJECTOR = 'envoy.extensions.filters.http.credential_injector.v3.CredentialInjector';
const FILTER = 'envoy.filters.http.credential_injector';
const filterName = ({ name }: Injection): string => `${FILTER}/httproutefilter/${name}`;
const secretName = ({ name }: Injection): string => `credential_injector/credential/httproutefilter/${name}`;

const injections = (routes: readonly Route[]): Injection[] => [
  ...new Map(
    routes.flatMap(({ handling }) => {
      const own = handling?.injection;
      return own === undefined ? [] : [[own.name, own] as const];
    }),
  ).values(),
];
export const injectionsOf = (plan: Pick<Plan, 'listeners'>): Injection[] => injections(routesOf(plan));

const filterOf = (own: Injection, options: EnvoyOptions): HttpFilter => ({
  name: filterName(own),
  disabled: true,
  typed_config: any(INJECTOR, {
    overwrite: own.overwrite || undefined,
    credential: extension('envoy.extensions.http.injected_credentials.generic.v3.Generic', {
      credential: {
        name: secretName(own),
        sds_config: secretSource(options, secretName(own), hiddenFileName(secretName(own))),
      },
      header: own.header,
    }),
  }),
});

export const injection: Handler = {
  filters: (routes, _, options) => injections(routes).map((own) => filterOf(own, options)),
  onRoute: ({ injection: own }) => (own === undefined ? [] : [[filterName(own), {}]]),
};

const secretOf = (own: Injection) => ({
  name: secretName(own),
  generic_secret: { secret: { inline_bytes: asText(own.credential) } },
});

/** What is published by name. */
export const servedCredentials = (plan: Pick<Plan, 'listeners'>): (readonly [string, object])[] =>
  injectionsOf(plan).map((own) => [secretName(own), secretOf(own)]);

export const credentialFiles = (plan: Pick<Plan, 'listeners'>): HiddenFile[] =>
  injectionsOf(plan).map((own) =>
    hiddenFile(secretName(own), {
      '@type': typeUrl('envoy.extensions.transport_sockets.tls.v3.Secret'),
      ...secretOf(own),
    }),
  );

/** The name of one of its filters, which wait for what comes by name. */
export const isInjection = (name: string): boolean => name.startsWith(FILTER);
