/** Diagnostics as a user sees them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic } from '../../../host/diagnostics/diagnostic.ts';
import { nearestName } from '../../../host/diagnostics/nearest.ts';
import { MAX_SHOWN, renderJson, renderText } from '../../../host/diagnostics/render.ts';

const at = (line: number, column: number, lineText: string, length = 1, file = 'a.yaml') => ({
  file,
  line,
  column,
  length,
  lineText,
});
const full: Diagnostic = {
  code: 'table-size-not-prime',
  severity: 'error',
  message: 'tableSize must be a prime number, not 1024.',
  at: at(79, 18, '      tableSize: 1024', 4),
  resource: 'BackendTrafficPolicy default/p',
  field: 'spec.loadBalancer.consistentHash.tableSize',
  value: 1024,
  rule: 'Maglev needs a prime.',
  hint: 'Use 1021.',
  notes: [{ message: 'See here.', at: at(3, 1, 'kind: A', 4) }],
};

test('render: a whole diagnostic', () => {
  assert.equal(
    renderText([full], { color: false }),
    `a.yaml:79:18: error: tableSize must be a prime number, not 1024. [table-size-not-prime]
  resource: BackendTrafficPolicy default/p
  field:    spec.loadBalancer.consistentHash.tableSize
  value:    1024
  rule:     Maglev needs a prime.
  hint:     Use 1021.
  79 |       tableSize: 1024
     |                  ^^^^
  a.yaml:3:1: note: See here.
  3 | kind: A
    | ^^^^
`,
  );
});

test('render: sorted by place, what has none first, equal places as found', () => {
  const brief = (code: string, where?: Diagnostic['at']): Diagnostic => ({
    code,
    severity: 'notice',
    message: `${code}.`,
    at: where,
  });
  const list = [
    brief('e', at(2, 1, 'x', 1, 'b.yaml')),
    brief('d', at(10, 1, 'x')),
    brief('c', at(2, 5, 'xxxxx')),
    brief('b', at(2, 1, 'x')),
    brief('b2', at(2, 1, 'x')),
    brief('a'),
  ];
  const order = renderText(list, { color: false }).match(/\[\w+\]/g);
  assert.deepEqual(order, ['[a]', '[b]', '[b2]', '[c]', '[d]', '[e]']);
  assert.deepEqual(
    JSON.parse(renderJson(list)).map((d: Diagnostic) => d.code),
    ['a', 'b', 'b2', 'c', 'd', 'e'],
  );
});

test('render: tabs keep the caret under its text', () => {
  const text = renderText([{ ...full, notes: [], at: at(1, 3, '\t\tab: 1', 2) }], { color: false });
  assert.ok(text.endsWith('  1 | \t\tab: 1\n    | \t\t^^\n'), text);
});

test('render: a long line is cut around the caret, which stays under its text', () => {
  const lineText = `${'a'.repeat(300)}X${'b'.repeat(300)}`;
  const lines = renderText([{ ...full, notes: [], at: at(1, 301, lineText) }], { color: false }).split('\n');
  const [shown, caret] = [lines.at(-3)!, lines.at(-2)!];
  assert.ok(shown.length < 140);
  assert.equal(shown[caret.indexOf('^')], 'X');
});

test('render: a manifest cannot send control characters to the terminal', () => {
  const evil = '\x1b[2Jx\x07';
  const text = renderText(
    [
      {
        ...full,
        message: evil,
        value: evil,
        field: evil,
        hint: evil,
        at: at(1, 1, evil, 3),
        notes: [{ message: evil }],
      },
    ],
    { color: false },
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f]/);
  assert.match(text, /\\x1b\[2J/);
});

test('render: numbers that JSON has not are written as YAML has them', () => {
  for (const [value, text] of [
    [Number.NaN, '.nan'],
    [Number.POSITIVE_INFINITY, '.inf'],
    [Number.NEGATIVE_INFINITY, '-.inf'],
  ] as const)
    assert.match(
      renderText([{ ...full, value }], { color: false }),
      new RegExp(`^ {2}value: {4}\\${text}$`, 'm'),
    );
});

test('render: colour changes nothing but colour', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences
  const plain = renderText([full], { color: true }).replace(/\x1b\[\d+m/g, '');
  assert.equal(plain, renderText([full], { color: false }));
  assert.notEqual(renderText([full], { color: true }), plain);
});

test('nearest: what is close is found, what is not is not', () => {
  const known = ['slowStart', 'zoneAware', 'type', 'endpointOverride', 'consistentHash'];
  for (const [written, meant] of [
    ['slowstart', 'slowStart'],
    ['slowStrat', 'slowStart'],
    ['zoneaware', 'zoneAware'],
    ['tpye', 'type'],
    ['endpointsOverride', 'endpointOverride'],
    ['foo', undefined],
    ['', undefined],
    ['sort', undefined],
    ['loadBalancer', undefined],
  ])
    assert.equal(nearestName(written!, known), meant, written);
});

test('render: of very many the most severe are shown, in their places, and the others counted', () => {
  const notices = Array.from({ length: 10 }, (_, i) => ({
    ...full,
    severity: 'notice' as const,
    at: at(i, 1, 'x'),
  }));
  const errors = Array.from({ length: 3_000 }, (_, i) => ({ ...full, at: at(100 + i, 1, 'x') }));
  const text = renderText([...notices, ...errors], { color: false });
  assert.equal(text.match(/: error: /g)?.length, MAX_SHOWN);
  assert.doesNotMatch(text, /: notice: /);
  assert.match(
    text,
    /\n… and 2810 more \(2800 errors, 10 notices\); loadstar check --format json prints all of them\n$/,
  );
  assert.equal(JSON.parse(renderJson([...notices, ...errors])).length, 3_010);
  assert.doesNotMatch(renderText(errors.slice(0, MAX_SHOWN), { color: false }), / more/);
});
