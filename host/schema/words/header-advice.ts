/** Header names that are valid, and that no request can bring or nobody else may write. */
import type { Path } from '../../basics/path.ts';
import type { Report } from './findings.ts';
import { OUR_HEADERS } from './names.ts';

/**
 * The listener refuses requests with such a header (headers_with_underscores_action, host/envoy/listener.ts).
 */
export function adviseHeaderName(name: unknown, path: Path, report: Report): void {
  if (typeof name !== 'string' || !name.includes('_')) return;
  report.warning(path, {
    code: 'header-underscore',
    message: `No request can bring the header ${name}: requests with an underscore in a header name are answered 400.`,
    value: name,
    rule: 'Envoy refuses header names with an underscore here, as with Envoy Gateway: many servers take _ and - for the same.',
    hint: `Use a name with hyphens, as ${name.replaceAll('_', '-')}.`,
  });
}

/** With these a request says where it ends, or whom it is for (RFC 9110 and 9112). */
export const FRAMING: readonly string[] =
  'connection content-length host proxy-connection te trailer transfer-encoding upgrade'.split(' ');

export function refuseFraming(name: unknown, path: Path, report: Report): void {
  if (typeof name !== 'string' || !FRAMING.includes(name.toLowerCase())) return;
  report.error(path, {
    code: 'value-not-supported',
    message: `The header ${name} cannot carry a value of yours.`,
    value: name,
    rule: 'It says where a request ends, or whom it is for.',
    hint: 'Use another header.',
  });
}

/** What stands in a header of ours would choose the host of a request. */
export function refuseOurs(name: unknown, path: Path, report: Report): void {
  if (typeof name !== 'string' || !name.toLowerCase().startsWith(OUR_HEADERS)) return;
  report.error(path, {
    code: 'value-not-supported',
    message: `The header ${name} belongs to Loadstar.`,
    value: name,
    rule: `Headers whose names begin with ${OUR_HEADERS} say which host a request goes to.`,
    hint: 'Use another header.',
  });
}
