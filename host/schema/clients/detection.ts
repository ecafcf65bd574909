/**
 * `spec.clientIPDetection` of a ClientTrafficPolicy: whose address the client's is
 * (ClientIPDetectionSettings).
 */
import type { Path } from '../../basics/path.ts';
import type { ClientIpDetection } from '../../model/client-traffic.ts';
import { cidr } from '../words/cidr.ts';
import { asObject, type Report } from '../words/findings.ts';
import { flag, list, object, text, uint32 } from '../words/shape.ts';

export const detectionSchema = object({
  xForwardedFor: object({
    numTrustedHops: uint32().optional(),
    trustedCIDRs: list(cidr(), 1).optional(),
    disableXForwardedForAppend: flag().optional(),
  }).optional(),
  customHeader: object({
    name: text({
      min: 1,
      max: 255,
      pattern: /^[A-Za-z0-9-]+$/,
      rule: 'a header name of letters, digits and "-"',
      code: 'header-name-invalid',
    }),
    failClosed: flag().optional(),
  }).optional(),
  directSourceIP: object({}).optional(),
});

/** One way to find the client; of X-Forwarded-For either hops or ranges are trusted. */
export function checkDetection(raw: unknown, report: Report): void {
  const detection = asObject(raw);
  if (detection === undefined) return;
  const path = ['spec', 'clientIPDetection'];
  exactlyOne(detection, ['xForwardedFor', 'customHeader', 'directSourceIP'], path, report);
  const forwarded = asObject(detection.xForwardedFor);
  if (forwarded === undefined) return;
  exactlyOne(forwarded, ['numTrustedHops', 'trustedCIDRs'], [...path, 'xForwardedFor'], report);
  if (forwarded.numTrustedHops === 0)
    report.warning([...path, 'xForwardedFor', 'numTrustedHops'], {
      code: 'value-without-effect',
      message: 'numTrustedHops 0 counts as 1: the last address of X-Forwarded-For is the client’s.',
      value: 0,
      rule: 'With N the client is the Nth address of X-Forwarded-For from the right, as in Envoy Gateway.',
      hint: 'Write 1; without clientIPDetection the client is whoever opened the connection.',
    });
}

function exactlyOne(
  owner: Readonly<Record<string, unknown>>,
  fields: readonly string[],
  path: Path,
  report: Report,
): void {
  const set = fields.filter((field) => owner[field] !== undefined);
  if (set.length === 1) return;
  const [, extra = fields[0]!] = set;
  report.error([...path, extra], {
    code: set.length === 0 ? 'field-missing' : 'field-conflict',
    message:
      set.length === 0 ? `None of ${fields.join(', ')} is set.` : `${set.join(' and ')} stand together.`,
    rule: `Exactly one of ${fields.join(', ')} must be set.`,
    hint: set.length === 0 ? 'Add one of them.' : 'Keep one of them.',
    point: set.length === 0 ? path : 'key',
  });
}

/** Undefined: the address of the connection, as without the field. */
export function toDetection({
  xForwardedFor: forwarded,
  customHeader: header,
}: ReturnType<typeof detectionSchema.parse>): ClientIpDetection | undefined {
  if (header !== undefined)
    return { kind: 'header', name: header.name.toLowerCase(), failClosed: header.failClosed ?? false };
  if (forwarded === undefined) return undefined;
  const { numTrustedHops = 1, trustedCIDRs: cidrs, disableXForwardedForAppend: noAppend = false } = forwarded;
  const trusted = cidrs === undefined ? { hops: Math.max(1, numTrustedHops) } : { cidrs };
  return { kind: 'forwarded-for', trusted, noAppend };
}
