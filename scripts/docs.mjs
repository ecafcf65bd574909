// Writes what is generated from the sources: docs/API.md, docs/DIAGNOSTICS.md, docs/request.svg.
//   node --import tsx scripts/docs.mjs
import { writeFileSync } from 'node:fs';
import { pages } from '../test/docs/pages.ts';

for (const [path, make] of Object.entries(pages))
  writeFileSync(new URL(`../${path}`, import.meta.url), make());
