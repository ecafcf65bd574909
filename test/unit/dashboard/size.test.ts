import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { assets } from '../../../host/dashboard/built/assets.js';

test('the page is small, and names no other server', () => {
  const all = Object.values(assets).map(({ body }) => body);
  assert.ok(all.reduce((sum, body) => sum + gzipSync(body).length, 0) < 120_000);
  for (const body of all)
    assert.doesNotMatch(
      body.replaceAll(/http:\/\/www\.w3\.org\/[\w/]+/g, ''),
      /(?:src|href)="https?:|url\(['"]?https?:|import\(['"]https?:/,
    );
});
