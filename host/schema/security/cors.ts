/** `spec.cors` of a SecurityPolicy (cors_types.go): as the filter of HTTPRoutes, with other rules. */
import type { Cors } from '../../model/origins.ts';
import { duration } from '../words/duration.ts';
import { originText } from '../words/origin.ts';
import { flag, list, object, text } from '../words/shape.ts';

const MAX_VALUES = 256;
const ANY = '*';

const isScheme = (value: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*$/.test(value);
const isHost = (value: string): boolean =>
  value === ANY || (value.startsWith('*.') ? value.slice(2) : value).split('.').every(isLabel);
const isLabel = (value: string): boolean => /^[A-Za-z0-9_-]+$/.test(value);

/** Any scheme, a host that may be `*` or begin with `*.`, and perhaps a port. */
function isOrigin(value: string): boolean {
  if (value === ANY) return true;
  const [scheme = '', rest, ...more] = value.split('://');
  if (!isScheme(scheme) || rest === undefined || more.length > 0) return false;
  const [host = '', port = '0', ...others] = rest.split(':');
  return others.length === 0 && /^[0-9]{1,5}$/.test(port) && isHost(host);
}

export const origin = () => originText(isOrigin, 1);

/** It is a part of a header's value. */
const item = () =>
  text({ min: 1, max: 256, pattern: /^[^\0\r\n]+$/, rule: 'text of 1 to 256 characters, on one line' });

export const corsSchema = object({
  allowOrigins: list(origin(), 0, MAX_VALUES).optional(),
  allowMethods: list(item(), 0, MAX_VALUES).optional(),
  allowHeaders: list(item(), 0, MAX_VALUES).optional(),
  exposeHeaders: list(item(), 0, MAX_VALUES).optional(),
  maxAge: duration().optional(),
  allowCredentials: flag().optional(),
});

/** Envoy knows `*` alone; beside others it would be a name. */
const orAny = (values: readonly string[] = []): readonly string[] => (values.includes(ANY) ? [ANY] : values);

export const toCors = (cors: ReturnType<typeof corsSchema.parse>): Cors => ({
  allowOrigins: cors.allowOrigins ?? [],
  allowMethods: orAny(cors.allowMethods),
  allowHeaders: orAny(cors.allowHeaders),
  exposeHeaders: cors.exposeHeaders ?? [],
  allowCredentials: cors.allowCredentials ?? false,
  ...(cors.maxAge === undefined ? {} : { maxAgeSeconds: Math.floor(cors.maxAge / 1000) }),
});
