/** The generated pages are up to date, and not empty. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { counts, OUTCOMES } from './coverage.ts';
import { apiPage, pages } from './pages.ts';

for (const [path, make] of Object.entries(pages)) {
  test(`${path} equals what the sources make (node --import tsx scripts/docs.mjs writes it)`, () => {
    assert.equal(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'), make());
  });
}

test('the page of the API keeps the fates of fields apart', () => {
  const page = apiPage();
  assert.match(
    page,
    /^\| `spec\.loadBalancer\.consistentHash\.tableSize` \| a prime number from 2 to 5000011; default 65537 \|$/m,
  );
  assert.match(page, /^Named in a warning: .*`spec\.telemetry`/m);
  assert.match(page, /^Refused: .*`spec\.loadBalancer\.dynamicModule`/m);
  assert.match(page, /^Refused: .*`spec\.options`/m);
  assert.match(page, /^Ignored: .*`spec\.externalName`/m);
});

test('the page of coverage counts each outcome that the counts have', () => {
  const known: readonly string[] = OUTCOMES;
  for (const [what, counted] of counts.groups)
    for (const outcome of Object.keys(counted)) assert.ok(known.includes(outcome), `${what}: ${outcome}`);
  assert.match(pages['docs/COVERAGE.md']!(), /^\| BackendTrafficPolicy \| \d{3} \|/m);
});
