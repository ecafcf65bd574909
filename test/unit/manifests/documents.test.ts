/** Texts to documents: what becomes a document, and where its fields stand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Location } from '../../../host/diagnostics/diagnostic.ts';
import { type Document, parseDocuments } from '../../../host/manifests/documents.ts';

const parse = (text: string) => parseDocuments({ file: 'f.yaml', text });
function only(text: string): Document {
  const { documents, diagnostics } = parse(text);
  assert.deepEqual(diagnostics, []);
  assert.equal(documents.length, 1);
  return documents[0]!;
}
const mark = (at: Location): string =>
  `${at.line}:${at.column} ${at.lineText.slice(at.column - 1, at.column - 1 + at.length)}`;

test('documents: several in one text, empty ones passed over, numbered through', () => {
  const { documents, diagnostics } = parseDocuments(
    { file: 'a', text: '---\n# nothing\n---\na: 1\n---\n---\nb: 2\n...\n---\nc: 3' },
    7,
  );
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(
    documents.map((d) => [d.order, d.value]),
    [
      [7, { a: 1 }],
      [8, { b: 2 }],
      [9, { c: 3 }],
    ],
  );
});

test('documents: a List is unrolled, in a List too, with places of its items', () => {
  const { documents } = parse(
    'kind: List\nitems:\n- kind: A\n  x: 1\n- kind: ServiceList\n  items:\n  - kind: B\n    metadata: {name: n}\n',
  );
  assert.deepEqual(
    documents.map((d) => d.value.kind),
    ['A', 'B'],
  );
  assert.equal(mark(documents[0]!.at('x')), '4:6 1');
  assert.equal(mark(documents[0]!.at()), '3:9 A');
  assert.equal(mark(documents[1]!.at()), '8:22 n', 'an item is told by its own name');
  assert.equal(mark(documents[1]!.at('nothing')), '8:22 n');
});

test('documents: JSON is read, with places', () => {
  const document = only('{"kind": "A",\n\t"spec": {"a": [1, {"b": true}]}}');
  assert.deepEqual(document.value, { kind: 'A', spec: { a: [1, { b: true }] } });
  assert.equal(mark(document.at('spec', 'a', 1, 'b')), '2:26 true');
});

test('documents: values, keys, missing fields and collections have their places', () => {
  const document = only(`kind: A
metadata:
  name: n
spec:
  one: "x y"
  flow: {a: 1, b: [2, 3]}
  list:
  - p: 1
    q: 2
  - r
  empty:
  block: |
    text
`);
  const { at, keyAt } = document;
  assert.equal(mark(at()), '3:9 n', 'a document is told by its name');
  assert.equal(mark(at('spec')), '4:1 spec', 'a mapping is told by its key');
  assert.equal(mark(at('spec', 'one')), '5:8 "x y"');
  assert.equal(mark(keyAt('spec', 'one')), '5:3 one');
  assert.equal(mark(at('spec', 'flow')), '6:3 flow');
  assert.equal(mark(at('spec', 'flow', 'b', 1)), '6:23 3');
  assert.equal(mark(at('spec', 'flow', 'c')), '6:3 flow', 'absent: the parent');
  assert.equal(mark(at('spec', 'list', 0)), '8:5 p', 'an item is told by its first token');
  assert.equal(mark(at('spec', 'list', 0, 'q')), '9:8 2');
  assert.equal(mark(at('spec', 'list', 0, 'z', 'deeper')), '8:5 p');
  assert.equal(mark(at('spec', 'list', 1)), '10:5 r');
  assert.equal(mark(at('spec', 'list', 9)), '7:3 list');
  assert.equal(mark(at('spec', 'one', 'deeper')), '5:8 "x y"');
  assert.equal(mark(at('spec', 'empty')), '11:3 empty', 'a null is told by its key');
  assert.equal(mark(at('spec', 'block')), '12:10 |', 'a long text by its first line');
  assert.equal(mark(at('status')), '3:9 n');
  assert.equal(mark(keyAt('spec', 'nothing')), '4:1 spec');
});

test('documents: nulls count as absent', () => {
  assert.deepEqual(only('a:\nb: null\nc: {d: ~, e: 1}\nf: [{g: }]').value, { c: { e: 1 }, f: [{}] });
});

test('documents: aliases and merge keys are followed to where the text is', () => {
  const document = only('base: &b\n  x: 1\n  y: 2\nuse:\n  <<: *b\n  y: 3\nagain: *b\n');
  assert.deepEqual(document.value, { base: { x: 1, y: 2 }, use: { x: 1, y: 3 }, again: { x: 1, y: 2 } });
  assert.equal(mark(document.at('use', 'x')), '2:6 1');
  assert.equal(mark(document.at('use', 'y')), '6:6 3');
  assert.equal(mark(document.at('again', 'x')), '2:6 1');
  assert.equal(mark(document.at('again')), '7:8 *b');
});

test('documents: Windows line ends, tabs and wide characters do not move the places', () => {
  const document = only('kind: A\r\nspec:\r\n  a: "ä€"   \r\n  b: 2\r\n');
  assert.equal(mark(document.at('spec', 'b')), '4:6 2');
  assert.equal(document.at('spec', 'a').lineText, '  a: "ä€"   ');
});

test('documents: expansion by aliases is bounded', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  const { documents, diagnostics } = parse(`${lines.join('\n')}\n---\nb: 1\n`);
  assert.deepEqual(
    diagnostics.map((d) => d.code),
    ['yaml-alias'],
  );
  assert.deepEqual(
    documents.map((d) => d.value),
    [{ b: 1 }],
    'the other documents are read',
  );
});

const broken: readonly [name: string, text: string, code: string, place: string, documents: number][] = [
  ['a bracket that never ends', 'a: [1, 2\nb: 3\n', 'yaml-syntax', '2:1', 0],
  ['a tab as indentation', 'a:\n\tb: 1\n', 'yaml-syntax', '2:1', 0],
  ['a key twice', 'a: 1\nb: 2\na: 3\n', 'yaml-duplicate-key', '3:1', 1],
  ['a key twice, without values', 'x: 1\na:\na:\n', 'yaml-duplicate-key', '3:1', 1],
  ['a key twice, in a flow mapping', 'x: {a: 1, a: 2}\n', 'yaml-duplicate-key', '1:11', 1],
  ['an alias to nothing', 'a: *b\n', 'yaml-alias', '1:4', 0],
  ['an anchor that holds itself', 'a: &a [*a]\n', 'yaml-alias', '1:8', 0],
  ['a list', '- a\n- b\n', 'document-not-object', '1:1', 0],
  ['a text', 'hello\n', 'document-not-object', '1:1', 0],
  ['nothing', '# only a comment\n', 'input-empty', '', 0],
  ['nothing at all', '', 'input-empty', '', 0],
  ['brackets without end', '['.repeat(100_000), 'yaml-syntax', '1:201', 0],
];
for (const [name, text, code, place, count] of broken) {
  test(`documents: ${name}`, () => {
    const { documents, diagnostics } = parse(text);
    assert.equal(diagnostics[0]?.code, code);
    const at = diagnostics[0]?.at;
    assert.equal(at === undefined ? '' : `${at.line}:${at.column}`, place);
    assert.equal(documents.length, count);
  });
}

test('documents: a mistake in the syntax says what to do about it', () => {
  const hints = (text: string) => parse(text).diagnostics.map(({ severity, hint }) => `${severity}: ${hint}`);
  assert.equal(hints('a:\n\tb: 1\n')[0], 'error: Indent with spaces.');
  assert.deepEqual(hints('a: b: c\n'), ['error: A value that holds ": " must be in quotes.']);
  assert.deepEqual(hints('a: !ours b\n'), ['warning: Remove the tag: Kubernetes knows none.']);
});

test('documents: a List whose items are no list is refused', () => {
  const { documents, diagnostics } = parse('kind: List\nitems: {kind: Service}\n');
  assert.deepEqual(documents, []);
  assert.deepEqual(
    diagnostics.map(({ code, at }) => [code, `${at?.line}:${at?.column}`]),
    [['field-type', '2:1']],
  );
});

test('documents: !!binary is the text that Kubernetes reads', () => {
  assert.deepEqual(only('a: !!binary Zm9v\n').value, { a: 'foo' });
});

test('documents: an unclosed template is called one', () => {
  const { diagnostics } = parse('name: {{ .Values.name }}-{{\n');
  assert.match(diagnostics[0]?.hint ?? '', /template/);
});

test('documents: what is broken does not hide what comes after it', () => {
  const { documents, diagnostics } = parse('a: [\n---\nb: 1\n---\nc: "x\n---\nd: 1\n');
  assert.ok(diagnostics.length >= 2);
  assert.deepEqual(
    documents.map((d) => Object.keys(d.value)[0]),
    ['b', 'd'],
  );
});
