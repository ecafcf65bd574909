/** The filter CORS of an HTTPRoute rule (Gateway API, "HTTPCORSFilter"). */
import type { Path } from '../basics/path.ts';
import type { Cors } from '../model/origins.ts';
import { asList, asObject, asText, type Report } from './words/findings.ts';
import { headerName, METHODS } from './words/names.ts';
import { originText } from './words/origin.ts';
import { eachDuplicate } from './words/rules.ts';
import { flag, integer, list, object, oneOf } from './words/shape.ts';

const ANY = '*';
/** Envoy Gateway's default, which is the API's. */
const MAX_AGE_SECONDS = 5;

const isLabel = (value: string): boolean => /^[A-Za-z0-9-]+$/.test(value);

/** A scheme, a host whose first label may be `*`, and perhaps a port. */
function isOrigin(value: string): boolean {
  if (value === ANY) return true;
  const [scheme, rest, ...more] = value.split('://');
  if ((scheme !== 'http' && scheme !== 'https') || rest === undefined || more.length > 0) return false;
  const [host = '', port, ...others] = rest.split(':');
  if (others.length > 0 || (port !== undefined && !/^[0-9]{1,5}$/.test(port))) return false;
  const [first = '', ...labels] = host.split('.');
  return (first === ANY || isLabel(first)) && labels.every(isLabel);
}

export const corsSchema = object({
  allowOrigins: list(originText(isOrigin), 0, 64).optional(),
  allowMethods: list(oneOf([...METHODS, ANY]), 0, 9).optional(),
  allowHeaders: list(headerName(), 0, 64).optional(),
  exposeHeaders: list(headerName(), 0, 64).optional(),
  allowCredentials: flag().optional(),
  maxAge: integer(1).optional(),
});

export const toCors = (cors: ReturnType<typeof corsSchema.parse>): Cors => ({
  allowOrigins: cors.allowOrigins ?? [],
  allowMethods: cors.allowMethods ?? [],
  allowHeaders: cors.allowHeaders ?? [],
  exposeHeaders: cors.exposeHeaders ?? [],
  allowCredentials: cors.allowCredentials ?? false,
  maxAgeSeconds: cors.maxAge ?? MAX_AGE_SECONDS,
});

/** Values that occur twice, and a `*` beside others. */
export function checkCors(raw: unknown, path: Path, report: Report): void {
  const cors = asObject(raw);
  for (const field of ['allowOrigins', 'allowMethods', 'allowHeaders', 'exposeHeaders']) {
    const values = asList(cors?.[field]);
    eachDuplicate(values, asText, (i, first, value) =>
      report.error([...path, field, i], {
        code: 'value-duplicate',
        message: `${value} occurs twice in ${field}; the first is at [${first}].`,
        value,
        rule: `The values of ${field} must differ.`,
        hint: 'Remove one of the two.',
      }),
    );
    const any = values.indexOf(ANY);
    if (any < 0 || values.length === 1 || field === 'exposeHeaders') continue;
    report.error([...path, field, any], {
      code: 'field-conflict',
      message: `${field} has * beside other values.`,
      value: ANY,
      rule: `Where * stands in ${field}, it stands alone: it means any.`,
      hint: 'Remove the others, or the *.',
    });
  }
}
