/** What a user should know about this request besides where it goes. */
import type { FilterPlan } from '../filter/plan.ts';
import type { Pool } from '../plan/types.ts';
import type { Found } from './find-route.ts';
import type { Request } from './request.ts';

/**
 * @param request As the client sent it.
 * @param removed Headers that the listener takes out.
 * @param loaded Whether the user gave a utilization.
 */
export function warningsFor(
  { route, listener }: Found,
  pools: readonly Pool[],
  filter: FilterPlan,
  request: Request,
  removed: ReadonlySet<string>,
  loaded: boolean,
): string[] {
  const warnings: string[] = [];
  for (const [name] of request.headers) {
    if (removed.has(name))
      warnings.push(`${name} of the client is removed: it cannot name a host or report load`);
  }
  if (route.action.kind !== 'forward') return warnings;
  const { action } = route;
  const missing = action.to.filter(({ pool }) => pool === null).reduce((sum, { weight }) => sum + weight, 0);
  const total = action.to.reduce((sum, { weight }) => sum + weight, 0);
  if (missing > 0) {
    warnings.push(
      `${Math.round((missing / total) * 100)} % of the requests are answered ${action.missingStatus}: a backend cannot be served`,
    );
  }
  if (loaded && pools.length > 0 && pools.every(({ balancer }) => balancer.kind !== 'utilization')) {
    const sticky =
      filter.selections.get(listener)?.routes.has(route) && pools.some(({ name }) => filter.sticky.has(name));
    warnings.push(
      sticky
        ? '--utilization: from when on a key leaves its host depends on requests in flight too, and is decided while Envoy runs'
        : '--utilization does not count here: nothing balances by load here',
    );
  }
  const source = action.hash.some(({ kind }) => kind === 'source-ip');
  const own = listener.clients?.settings.clientIp === undefined;
  if (source && own && request.headers.some(([name]) => name === 'x-forwarded-for')) {
    warnings.push(
      `x-forwarded-for does not count: the source IP is the connection's own (listener ${listener.name})`,
    );
  }
  return warnings;
}
