/** What is done with a request besides sending it to a host, as far as it can be known beforehand. */
import type { Route } from '../plan/types.ts';
import { explainCors, isPreflight } from './cors.ts';
import { explainGlobalLimit, explainLocalLimit } from './limits.ts';
import type { Request } from './request.ts';

/** A line for each part, in the order in which Envoy comes to it. @param request As routes see it. */
export function explainHandling(route: Route, request: Request, sourceIp: string): string[] {
  const { localLimit, globalLimit } = route.handling ?? {};
  const cors = explainCors(route, request);
  // Envoy answers it before it counts.
  if (isPreflight(route, request)) return cors;
  return [
    ...cors,
    ...(localLimit === undefined ? [] : explainLocalLimit(localLimit, request, sourceIp)),
    ...(globalLimit === undefined ? [] : explainGlobalLimit(globalLimit, request, sourceIp)),
  ];
}
