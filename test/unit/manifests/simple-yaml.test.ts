/**
 * The quick reader against the full parser: whatever it reads, the full parser reads to the same tree, with
 * the same places and without a word of complaint. On every manifest in the repo, on written samples, and on
 * thousands of small changes to them.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { readFull } from '../../../host/manifests/full-yaml.ts';
import { Lines } from '../../../host/manifests/lines.ts';
import { readSimple } from '../../../host/manifests/simple-yaml.ts';
import type { TreeNode } from '../../../host/manifests/tree.ts';

const cases = fileURLToPath(new URL('../../golden/oracle/cases/', import.meta.url));
const manifests = readdirSync(cases).flatMap((name) =>
  readFileSync(`${cases}${name}`, 'utf8')
    .split(/^(?=---)/m)
    .filter((text) => text.trim() !== ''),
);

/** Without the ends of collections, and without the place of what is empty: no message points there. */
function outline(node: TreeNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value === null && node.from === node.to ? 'empty' : [node.value, node.from, node.to];
    case 'list':
      return { from: node.from, items: node.items.map(outline) };
    case 'map':
      return {
        from: node.from,
        members: node.keys.map((key, i) => [key, node.keyRanges[i], outline(node.values[i]!)]),
      };
    case 'alias':
      return { alias: node.from };
  }
}

/** Undefined if the quick reader gives up; otherwise asserts that both agree. */
function agree(text: string): boolean {
  const simple = readSimple(text, 0, text.length);
  if (simple === undefined) return false;
  const full = readFull(text, 0, text.length, new Lines('f', text));
  assert.deepEqual(
    full.diagnostics.map((d) => d.message),
    [],
    JSON.stringify(text),
  );
  assert.deepEqual(full.trees.map(outline), [outline(simple)], JSON.stringify(text));
  return true;
}

test('simple YAML: the manifests of the oracle are read, each as the full parser does', () => {
  assert.ok(manifests.length > 500);
  const read = manifests.filter(agree);
  assert.equal(read.length, manifests.length);
});

const samples: readonly [text: string, simple: boolean][] = [
  ['a: 1', true],
  ['---\na: b c\n', true],
  ['# x\na: b # y\n# z\nc:   d\n\n', true],
  ['a: "b # c"\nd: \'e: f\'\n', true],
  ['a:\n- b\n- c: d\n  e: f\n-\n  g: h\n- - i\n  - j\nk: l\n', true],
  ['a:\n  - b\n  -\nc:\n', true],
  ['a: {b: 1, c: [d, "e", {f: g}], h: {}}\ni: []\n', true],
  ['a: http://x:80/y\nb: c:d\ne: [http://x/y]\n', true],
  ['a: 10.0.0.1\nb: 1.5s\nc: -1\nd: 0\ne: -x\n', true],
  ['a: true\nb: false\nc: yes\nd: on\n', true],
  ['"a b": c\n"kubernetes.io/x": d\n', true],
  ['a/b.c-d: e\n', true],
  ['a: b\r\nc:\r\n  d: e\r\n', true],
  ['a: x#y\n', true],
  // Beyond the plain form
  ['a: &x b\n', false],
  ['a: *x\n', false],
  ['a: !!str 1\n', false],
  ['a: |\n  b\n', false],
  ['a: >-\n  b\n', false],
  ['a: b\n  c\n', false],
  ['a: "b\n  c"\n', false],
  ['a: "b\\n"\n', false],
  ["a: 'it''s'\n", false],
  ['a: 1.5\n', false],
  ['a: 1e3\n', false],
  ['a: 0x10\n', false],
  ['a: 007\n', false],
  ['a: .inf\n', false],
  ['a: null\n', false],
  ['a: ~\n', false],
  ['a: True\n', false],
  ['1: a\n', false],
  ['null: a\n', false],
  ['<<: {a: b}\n', false],
  ['? a\n: b\n', false],
  ['a: b: c\n', false],
  ['a: 1\na: 2\n', false],
  ['a: {b: 1, b: 2}\n', false],
  ['a: [b,]\n', false],
  ['a: {b}\n', false],
  ['a: {b:c}\n', false],
  ['a: [b\n  ]\n', false],
  ['a: "b" c\n', false],
  ['a: [b] c\n', false],
  ['a: @b\n', false],
  ['a: `b`\n', false],
  ['a: %b\n', false],
  ['a:\tb\n', false],
  ['\ta: b\n', false],
  ['a: b\n c: d\n', false],
  ['a:\n    b: c\n  d: e\n', false],
  [' a: b\n', false],
  ['- a\n', true],
  ['a: b\n...\n', false],
  ['--- a\n', false],
  ['a\n', false],
  ['', false],
  ['a:b\n', false],
  ['a: - b\n', false],
];
for (const [text, simple] of samples) {
  test(`simple YAML: ${JSON.stringify(text)} is ${simple ? '' : 'not '}of the plain form`, () => {
    assert.equal(agree(text), simple);
  });
}

test('simple YAML: small changes to manifests are read as the full parser does, or given up', () => {
  const pieces = [
    ' ',
    '  ',
    '\n',
    ':',
    ': ',
    '-',
    '- ',
    '#',
    ' #',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ',',
    '&a ',
    '*a',
    '!',
    '|',
    '>',
    '%',
    '@',
    '\t',
    '\r',
    '?',
    '? ',
    '\\',
    '1',
    '0',
    '.',
    'e',
    'x',
    '~',
    'null',
    'true',
    'é',
    '\u2028',
    '\uFEFF',
    '---',
    '...',
    '<<: ',
  ];
  const change = fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.constantFrom('', ...pieces));
  let read = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...manifests),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      (manifest, changes) => {
        let text = manifest;
        for (const [at, remove, insert] of changes) {
          const place = at % (text.length + 1);
          text = text.slice(0, place) + insert + text.slice(place + remove);
        }
        // A marker inside is where documents are split before they come here.
        if (/^---(?=\s|$)/m.test(text.slice(1))) return;
        if (agree(text)) read++;
      },
    ),
    { numRuns: 3000, seed: 20_240_501 },
  );
  assert.ok(read > 300, `${read} changed manifests were still of the plain form`);
});
