/**
 * What would hang a reader, or fill its memory, is answered with diagnostics at a place. That the time is
 * linear: npm run bench.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderText } from '../../../host/diagnostics/render.ts';
import { maxDocuments, maxLineText, maxRepeatedKeys, maxSyntaxErrors } from '../../../host/manifests/caps.ts';
import { parseDocuments } from '../../../host/manifests/documents.ts';
import { translate } from '../../../host/translate.ts';
import { growing } from '../../bench/linear/inputs.ts';
import { nativeOptions } from '../../support/engine-options.ts';

const read = (text: string) => parseDocuments({ file: 'a.yaml', text });

for (const { name, size, text } of growing) {
  test(`answered: ${name}`, () => {
    const { diagnostics } = translate([{ file: 'a.yaml', text: text(Math.ceil(size / 8)) }], nativeOptions);
    assert.ok(diagnostics.length > 0);
    assert.match(renderText(diagnostics, { color: false }), /\[[a-z-]+\]/);
  });
}

const capped: readonly [what: string, text: string, code: string, line: number, column: number][] = [
  ['keys that are mappings, 28 deep', '? '.repeat(28).trimEnd(), 'yaml-syntax', 1, 55],
  ['keys that are mappings, 290 deep', '? '.repeat(290).trimEnd(), 'yaml-syntax', 1, 579],
  ['a key that is a list', '? [a]\n: 1', 'yaml-syntax', 1, 3],
  ['brackets', '['.repeat(100_000), 'yaml-syntax', 1, 201],
  ['dashes', '- '.repeat(100_000), 'yaml-syntax', 1, 601],
  ['documents', '---\n1\n'.repeat(maxDocuments + 1), 'input-too-large', 2 * maxDocuments + 1, 1],
  ['aliases', `a: &a 1\nb:\n${'- *a\n'.repeat(100_001)}`, 'yaml-alias', 1, 1],
  ['equal keys', 'a: 1\n'.repeat(20_000), 'yaml-duplicate-key', 2, 1],
];
for (const [what, text, code, line, column] of capped) {
  test(`a cap, with its place: ${what}`, () => {
    const found = read(text).diagnostics.find((one) => one.code === code);
    assert.ok(found, `${code} is not told`);
    assert.equal(found.severity, 'error');
    assert.deepEqual([found.at?.file, found.at?.line, found.at?.column], ['a.yaml', line, column]);
  });
}

test('two million separators are nothing', () => {
  const { documents, diagnostics } = read('---\n'.repeat(2_000_000));
  assert.deepEqual([documents.length, diagnostics.map(({ code }) => code)], [0, ['input-empty']]);
});

test('one mistake does not fill the screen', () => {
  assert.equal(read('a: 1\n'.repeat(20_000)).diagnostics.length, maxRepeatedKeys);
  assert.equal(read('a: "b\n'.repeat(1000)).diagnostics.length, maxSyntaxErrors);
});

test('an alias as a key stands for its text', () => {
  const [document] = read('a: &a name\nb:\n  *a : 1').documents;
  assert.deepEqual(document?.value, { a: 'name', b: { name: 1 } });
});

test('an anchor that occurs twice: each alias means the one before it', () => {
  const [document] = read('a: &x 1\nb: *x\nc: &x 2\nd: *x').documents;
  assert.deepEqual(document?.value, { a: 1, b: 1, c: 2, d: 2 });
});

test('a place in a very long line carries what stands around it, and is drawn there', () => {
  const text = `{${Array.from({ length: 5_000 }, (_, i) => `"k${i}": 1`).join(', ')}, "apiVersion": 7}`;
  const [document] = read(text).documents;
  const at = document!.at('apiVersion');
  assert.ok(at.lineText.length <= maxLineText);
  assert.equal(text[at.column - 1], '7');
  assert.equal(at.lineText[at.column - (at.lineFrom ?? 1)], '7');
  const [, frame = '', caret = ''] =
    /\n( +1 \|.*)\n(.*\^)\n/.exec(
      renderText([{ code: 'field-type', severity: 'error', message: 'x.', at }], { color: false }),
    ) ?? [];
  assert.equal(frame[caret.length - 1], '7');
});
