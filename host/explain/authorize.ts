/** Whether a route's authorization lets a request through, by which rule. */
import { isInRange } from '../basics/cidr.ts';
import { pathPattern } from '../envoy/handling/limit-actions.ts';
import type { Authorization, AuthorizationRule } from '../plan/types.ts';
import { fullMatch } from '../regex/re2.ts';
import { headerValues, type Request } from './request.ts';

export interface Judgement {
  readonly allowed: boolean;
  /** After "authorization: " or "csrf: ". */
  readonly because: string;
}

/** @param sourceIp The client's address, as the listener finds it. */
export function authorize(
  { rules, otherwise }: Authorization,
  request: Request,
  sourceIp: string,
): Judgement {
  const rule = rules.find((one) => fits(one, request, sourceIp));
  const action = rule?.action ?? otherwise;
  const by = rule === undefined ? 'no rule fits: the default action' : `rule ${rule.name}`;
  return {
    allowed: action === 'Allow',
    because: `${action === 'Allow' ? 'allowed' : 'denied'} (${by}), client ${sourceIp}`,
  };
}

const fits = (
  { methods, path, ranges, headers }: AuthorizationRule,
  request: Request,
  sourceIp: string,
): boolean =>
  (methods.length === 0 || methods.includes(request.method.toUpperCase())) &&
  (path === undefined || fullMatch(pathPattern(path), request.path) !== path.invert) &&
  (ranges.length === 0 || ranges.some((range) => isInRange(sourceIp, range))) &&
  headers.every(({ name, values }) => {
    const given = headerValues(request, name);
    return given.length > 0 && values.includes(given.join(','));
  });
