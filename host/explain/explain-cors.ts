/**
 * What the filter CORS does with a request: whether its origin is allowed, and whether it asks before
 * another.
 */
import { originPattern } from '../envoy/handling/cors-filter.ts';
import type { Route } from '../plan/types.ts';
import { fullMatch } from '../regex/re2.ts';
import { headerValues, type Request } from './request.ts';

/** As Envoy compares it with one of a list, where `*` stands for whatever stands there. */
export const fitsOrigin = (origin: string, listed: string): boolean =>
  listed.includes('*') ? fullMatch(originPattern(listed), origin) : listed === origin;

const originOf = (request: Request): string => headerValues(request, 'origin')[0] ?? '';

/** A browser's question before the request itself, which Envoy answers. */
export const isPreflight = ({ handling, action }: Route, request: Request): boolean =>
  handling?.cors !== undefined &&
  action.kind === 'forward' &&
  request.method === 'OPTIONS' &&
  originOf(request) !== '' &&
  (headerValues(request, 'access-control-request-method')[0] ?? '') !== '';

/**
 * No line for a request that names no origin; the filter leaves alone what Envoy answers without a backend.
 */
export function explainCors({ handling, action }: Route, request: Request): string[] {
  const cors = handling?.cors;
  const origin = originOf(request);
  if (cors === undefined || origin === '' || action.kind !== 'forward') return [];
  const rule = cors.allowOrigins.find((one) => fitsOrigin(origin, one));
  return [
    rule === undefined
      ? `CORS: the origin ${origin} is not allowed, so no page of it may read the answer`
      : `CORS: the origin ${origin} is allowed (${rule})${cors.allowCredentials ? ', with credentials' : ''}`,
  ];
}
