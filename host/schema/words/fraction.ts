/** A share of all: numerator / denominator. */
import type { Path } from '../../basics/path.ts';
import { asObject, type Report } from './findings.ts';
import { integer, object } from './shape.ts';

/** Of the Gateway API. */
export const fractionSchema = () => object({ numerator: integer(0), denominator: integer(1).optional() });
const HUNDRED = 100;

export const toFraction = ({
  numerator,
  denominator = HUNDRED,
}: ReturnType<ReturnType<typeof fractionSchema>['parse']>) => ({ numerator, denominator });

/** @param whole The denominator where none stands there. */
export function checkFraction(raw: unknown, path: Path, report: Report, rule: string, whole = HUNDRED): void {
  const { numerator, denominator = whole } = asObject(raw) ?? {};
  if (typeof numerator !== 'number' || typeof denominator !== 'number' || numerator <= denominator) return;
  report.error([...path, 'numerator'], {
    code: 'value-out-of-range',
    message: `numerator must be at most the denominator, ${denominator}, not ${numerator}.`,
    value: numerator,
    rule,
  });
}
