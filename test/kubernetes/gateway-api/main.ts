/**
 * Runs the Gateway API's conformance suite and writes its report, as it is, to docs/gateway-api-report.yaml.
 * With flags of the suite it writes none: they choose tests.
 *
 *     npm run test:gateway-api [-- -run-test=HTTPRouteWeight]
 */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runSuite } from './suite.ts';

const flags = process.argv.slice(2);
const report =
  flags.length === 0
    ? fileURLToPath(new URL('../../../docs/gateway-api-report.yaml', import.meta.url))
    : join(tmpdir(), 'gateway-api-report.yaml');
const { code } = await runSuite(report, flags, (text) => process.stdout.write(text));
process.exitCode = code ?? 1;
