/** Requests that pages of other sites send → Envoy's filter: those that would change something get 403. */
import { weakMemo } from '../../basics/collections.ts';
import type { Csrf } from '../../plan/types.ts';
import { any, extension } from '../any.ts';
import { percent } from '../fractions.ts';
import { originMatcher } from './cors-filter.ts';
import { disabled, type Handler, oneFilter } from './handler.ts';

const CSRF = 'envoy.extensions.filters.http.csrf.v3.CsrfPolicy';
const share = (percentage: number) => ({ default_value: percent(percentage) });

const routeConfig = weakMemo(({ enforced, origins }: Csrf) =>
  any(CSRF, {
    filter_enabled: share(enforced),
    // Envoy asks for it where the first did not pick a request: so each is one or the other.
    shadow_enabled: enforced === 100 ? undefined : share(100),
    additional_origins: origins.map(originMatcher),
  }),
);

// Envoy wants a share; that of the route holds.
const filter = disabled(extension(CSRF, { filter_enabled: share(100) }));

export const csrf: Handler = oneFilter('csrf', filter, routeConfig, true);
