/** host/regex by itself; test/conformance/re2.test.ts holds it against a real Envoy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fullMatch, MAX_PATTERN_SIZE, patternFault } from '../../../host/regex/re2.ts';

const refused: readonly [pattern: string, why: RegExp][] = [
  ['/a{1001}', /^invalid repeat count: \{1001\}$/],
  ['/\\y', /^invalid escape sequence: \\y$/],
  ['/(?=x)', /^look-around is not supported by RE2/],
  ['/(a)\\1', /^back-references are not supported by RE2/],
  ['/\\x{100}', /above \\xff: Envoy matches bytes$/],
  ['/\\C', /^\\C is not supported, write \(\?s:\.\)$/],
  ['/\\p{Alphabetic}', /^there is no character class \\p\{Alphabetic\}$/],
  ['/[é', /^missing closing \]: \[é$/],
  ['', /^the pattern is empty$/],
];
for (const [pattern, why] of refused) {
  test(`${pattern} is refused`, () => assert.match(patternFault(pattern) ?? '', why));
}

test('size is bounded before anything is compiled', () => {
  const large = [
    'x{1000}'.repeat(500),
    '(a{1000}){1000}',
    '((a{100}){100}){100}',
    'x'.repeat(MAX_PATTERN_SIZE + 1),
  ];
  for (const pattern of large) assert.match(patternFault(pattern) ?? '', /too large/, pattern.slice(0, 30));
  assert.match(patternFault(`[${'ab'.repeat(20)}]{1000}`) ?? '', /too large/);
  for (const pattern of ['x{1000}'.repeat(16), '(?:ab*|c){1000}', '\\pL{1000}', '(a{10}){100}'])
    assert.equal(patternFault(pattern), undefined, pattern);
});

const matches: readonly [pattern: string, text: string, found: boolean][] = [
  ['/[[:digit:]]+', '/123', true],
  ['/(?i:cart)', '/CART', true],
  ['/\\Q(a|b\\E', '/(a|b', true],
  ['(?P<n>x)(?P<n>y)', 'xy', true],
  ['a|bc', 'abc', false],
  // One byte each.
  ['..', 'é', true],
  ['.', 'é', false],
  ['[é]', 'é', false],
  ['(', '(', false],
];
for (const [pattern, text, found] of matches) {
  test(`${pattern} ${found ? 'matches' : 'does not match'} ${text}`, () =>
    assert.equal(fullMatch(pattern, text), found));
}
