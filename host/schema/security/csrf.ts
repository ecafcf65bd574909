/** `spec.csrf` of a SecurityPolicy (csrf_types.go). */
import type { Csrf } from '../../model/origins.ts';
import { asObject, type Report } from '../words/findings.ts';
import { checkFraction, fractionSchema, toFraction } from '../words/fraction.ts';
import { list, object } from '../words/shape.ts';
import { origin } from './cors.ts';

const MAX_ORIGINS = 16;

export const csrfSchema = object({
  shadowFraction: fractionSchema().optional(),
  additionalOrigins: list(origin(), 0, MAX_ORIGINS).optional(),
});

export function checkCsrf(raw: unknown, report: Report): void {
  const rule = 'What is only counted is a share of the requests: numerator / denominator (100 where absent).';
  checkFraction(asObject(raw)?.shadowFraction, ['spec', 'csrf', 'shadowFraction'], report, rule);
}

export function toCsrf({
  shadowFraction = { numerator: 0 },
  additionalOrigins = [],
}: ReturnType<typeof csrfSchema.parse>): Csrf {
  const { numerator, denominator } = toFraction(shadowFraction);
  return {
    enforced: (100 * (denominator - numerator)) / denominator,
    // Envoy compares hosts and ports alone.
    origins: additionalOrigins.map((one) => one.replace(/^.*:\/\//, '')),
  };
}
