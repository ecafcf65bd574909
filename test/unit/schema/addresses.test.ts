/** Which texts are IPv4 and IPv6 addresses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIPv4, isIPv6 } from '../../../host/schema/words/address.ts';

test('addresses', () => {
  for (const good of ['0.0.0.0', '255.255.255.255', '10.0.0.1']) assert.ok(isIPv4(good), good);
  for (const bad of ['', '1.2.3', '256.1.1.1', '01.2.3.4', '1.2.3.4.5', 'a.b.c.d'])
    assert.ok(!isIPv4(bad), bad);
  for (const good of [
    '::',
    '::1',
    '1::',
    'fe80::1',
    '1:2:3:4:5:6:7:8',
    '::ffff:1.2.3.4',
    '1:2:3:4:5:6:1.2.3.4',
  ])
    assert.ok(isIPv6(good), good);
  for (const bad of [
    '',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '::12345',
    '1.2.3.4',
    '1.2.3.4::',
    '::1%lo',
    '1:2:3:4:5:6:7:1.2.3.4',
  ])
    assert.ok(!isIPv6(bad), bad);
});
