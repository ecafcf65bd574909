/** The list of codes is closed: what host/ uses is in it, and what is in it is used. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { codes } from '../../../host/diagnostics/codes.ts';

const host = fileURLToPath(new URL('../../../host/', import.meta.url));
const sources = readdirSync(host, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('codes.ts'))
  .map((path) => readFileSync(`${host}${path}`, 'utf8'));

test('codes: every code that is used is explained', () => {
  const used = sources.flatMap((text) =>
    [
      ...text.matchAll(
        /\bcode:\s*(?:[^,;'"\n]*\?\s*)?'([a-z0-9]+(?:-[a-z0-9]+)+)'(?:\s*:\s*'([a-z0-9-]+)')?/g,
      ),
    ].flatMap((m) => [m[1], m[2]].filter((code) => code !== undefined)),
  );
  assert.ok(used.length > 50, 'the search finds codes');
  assert.deepEqual(
    [...new Set(used)].filter((code) => !Object.hasOwn(codes, code)),
    [],
  );
});

test('codes: every explained code is used, and its line is a sentence', () => {
  for (const [code, line] of Object.entries(codes)) {
    const used = sources.some((text) => text.includes(`'${code}'`));
    assert.ok(used, `${code} is used`);
    assert.match(line, /^[A-Z].*\.$/);
  }
});
