/** The pages that are made from the sources are up to date, and say something. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { apiPage, pages } from './pages.ts';

for (const [path, make] of Object.entries(pages)) {
  test(`${path} is what the sources say (node --import tsx scripts/docs.mjs writes it)`, () => {
    assert.equal(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'), make());
  });
}

test('the page of the API tells fates apart', () => {
  const page = apiPage();
  assert.match(
    page,
    /^\| `spec\.loadBalancer\.consistentHash\.tableSize` \| a prime number from 2 to 5000011 \|$/m,
  );
  assert.match(page, /^Named in a warning: .*`spec\.compression`/m);
  assert.match(page, /^Refused: .*`spec\.rateLimit`/m);
  assert.match(page, /^Refused: .*`spec\.loadBalancer\.dynamicModule`/m);
  assert.match(page, /^Refused: .*`spec\.tls`/m);
  assert.match(page, /taken silently: .*`spec\.externalName`/);
});
