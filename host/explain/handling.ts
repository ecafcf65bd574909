/** What a policy does with a request besides sending it to a host, as far as it can be known beforehand. */
import type { Route } from '../plan/types.ts';
import { explainGlobalLimit, explainLocalLimit } from './limits.ts';
import type { Request } from './request.ts';

/** A line for each part, in the order in which Envoy comes to it. @param request As routes see it. */
export function explainHandling({ handling }: Route, request: Request, sourceIp: string): string[] {
  if (handling === undefined) return [];
  const { localLimit, globalLimit } = handling;
  return [
    ...(localLimit === undefined ? [] : explainLocalLimit(localLimit, request, sourceIp)),
    ...(globalLimit === undefined ? [] : explainGlobalLimit(globalLimit, request, sourceIp)),
  ];
}
