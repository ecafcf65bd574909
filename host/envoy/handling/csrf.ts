/** Requests that pages of other sites send → Envoy's filter: those that would change something get 403. */
import { any, extension } from '../any.ts';
import { originMatcher } from './cors.ts';
import { disabled, type Handler, oneFilter } from './handler.ts';
import { percent } from './simple.ts';

const CSRF = 'envoy.extensions.filters.http.csrf.v3.CsrfPolicy';
const share = (percentage: number) => ({ default_value: percent(percentage) });

export const csrf: Handler = oneFilter(
  'csrf',
  // Envoy wants a share; that of the route holds.
  disabled(extension(CSRF, { filter_enabled: share(100) })),
  ({ enforced, origins }) =>
    any(CSRF, {
      filter_enabled: share(enforced),
      // Envoy asks for it where the first did not pick a request: so each is one or the other.
      shadow_enabled: enforced === 100 ? undefined : share(100),
      additional_origins: origins.map(originMatcher),
    }),
);
