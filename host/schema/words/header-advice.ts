/** Header names that are valid and that no request can bring. */
import type { Path } from '../../basics/path.ts';
import type { Report } from './findings.ts';

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
