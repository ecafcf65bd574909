/** `equal` of what is hidden: a renewed key is another one, though neither shows anything. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equal } from '../../../host/basics/equal.ts';
import { Hidden } from '../../../host/basics/hidden.ts';

const key = (text: string): object => ({ name: 'key', value: new Hidden(Buffer.from(text)) });

test('what is hidden is compared by its bytes', () => {
  assert.ok(equal(key('a'), key('a')), 'the same bytes');
  assert.ok(!equal(key('a'), key('b')), 'other bytes');
  assert.ok(!equal(key('a'), { name: 'key', value: {} }), 'something else');
});
