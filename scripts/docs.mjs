// Writes what is generated from the sources: docs/API.md, CONFORMANCE.md, COVERAGE.md, DIAGNOSTICS.md,
// request.svg.
// What CONFORMANCE.md tells of a run is in test/conformance/gateway-api/outcomes.json; main.ts beside it
// plays the tests.
//   node --import tsx scripts/docs.mjs
import { writeFileSync } from 'node:fs';
import { pages } from '../test/docs/pages.ts';

for (const [path, make] of Object.entries(pages))
  writeFileSync(new URL(`../${path}`, import.meta.url), make());
