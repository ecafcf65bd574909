/** Binary reports: values, base64, and where they may stand. */
import { bytes, double, entry, message } from '../wire.ts';
import { BINARY, good, one, text64, withRate } from './case.ts';

export const binaryValues = [
  0,
  -0,
  0.5,
  1.5,
  80,
  1e6,
  1e7,
  1e308,
  5e-324,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
].flatMap((n) => [
  one(
    'Binary values',
    `cpu_utilization ${Object.is(n, -0) ? '-0' : n}`,
    message(double(1, n), double(6, 7)).toString('base64'),
    BINARY,
  ),
  one(
    'Binary values',
    `rps_fractional ${Object.is(n, -0) ? '-0' : n}`,
    message(double(1, 0.5), double(6, n)).toString('base64'),
    BINARY,
  ),
]);

export const binaryBase64 = [
  ['good', text64],
  ['without padding', text64.replace(/=+$/, '')],
  ['too much padding', `${text64}====`],
  ['padding in the middle', `${text64.slice(0, 4)}==${text64.slice(4)}`],
  ['URL alphabet', Buffer.concat([good, bytes(8, entry('??>', 0.5))]).toString('base64url')],
  ['with spaces', text64.replace(/(.{4})/g, '$1 ')],
  ['bits left over', `${text64.slice(0, -2).replace(/.$/, 'B')}==`],
  ['one character', 'A'],
  ['two characters', 'AA'],
  ['only padding', '===='],
  ['no base64', '!!!!'],
  ['empty', ''],
  ['in quotes', `"${text64}"`],
  ['with the prefix BIN', `BIN ${text64}`],
  ['as in the documents', 'Cg4KCHNvbWUta2V5Eg0AAAAAAADwPw=='],
  ['TEXT in the binary header', 'TEXT cpu_utilization=0.5,rps_fractional=7'],
  ['JSON in the binary header', `{${withRate}}`],
].map(([name, value]) => one('Base64', name!, value!, BINARY));

export const binaryPlain = [
  ['BIN', `BIN ${text64}`],
  ['BIN without padding', `BIN ${text64.replace(/=+$/, '')}`],
  ['bin', `bin ${text64}`],
  ['BIN and two spaces', `BIN  ${text64}`],
  ['BIN alone', 'BIN'],
  ['BIN and a space', 'BIN '],
  ['no prefix', text64],
  ['the documents’ report', 'BIN Cg4KCHNvbWUta2V5Eg0AAAAAAADwPw=='],
].map(([name, value]) => one('Base64', `plain header: ${name}`, value!));
