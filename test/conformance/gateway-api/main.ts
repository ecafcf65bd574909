// Plays Gateway API's conformance tests, prints what failed, and writes outcomes.json and
// docs/CONFORMANCE.md.
//   node --import tsx test/conformance/gateway-api/main.ts [NAME…]
// With names these alone are played, and nothing is written.
import { writeFileSync } from 'node:fs';
import { conformancePage, type Kept, OUTCOMES } from './page.ts';
import { playAll, playable } from './run.ts';
import { trials } from './trials.ts';

const names = process.argv.slice(2);
const wanted = playable(trials).filter(({ name }) => names.length === 0 || names.includes(name));
const outcomes = await playAll(wanted);
const kept: Record<string, Kept> = {};
for (const [name, { requests, conditions, faults }] of outcomes) {
  kept[name] = { passed: faults.length === 0, requests, conditions };
  if (faults.length > 0 || names.length > 0)
    console.log([`${name}: ${faults.length} faults`, ...faults].join('\n  '));
}
console.log(`${Object.values(kept).filter(({ passed }) => passed).length} of ${wanted.length} passed`);
if (names.length === 0) {
  writeFileSync(OUTCOMES, `${JSON.stringify(kept, null, 2)}\n`);
  writeFileSync(new URL('../../../docs/CONFORMANCE.md', import.meta.url), conformancePage());
}
