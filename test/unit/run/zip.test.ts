/** The zip reader on archives that Python's zipfile wrote (an independent writer), and on damaged ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unzipMember } from '../../../host/run/zip.ts';

/**
 * python3: zipfile.ZipFile with `a/_bin/tool` deflated ("hello " 20 times) and `a/readme` stored ("plain"),
 * comment "made by hand".
 */
const archive = Buffer.from(
  'UEsDBBQAAAAIAAAAIVAv+vhICwAAAHgAAAALAAAAYS9fYmluL3Rvb2zLSM3JyVfIoDsJAFBLAwQUAAAAAAAAACFQz2IgGQUAAAAFAAAACAAAAGEvcmVhZG1lcGxhaW5QSwECFAMUAAAACAAAACFQL/r4SAsAAAB4AAAACwAAAAAAAAAAAAAAgAEAAAAAYS9fYmluL3Rvb2xQSwECFAMUAAAAAAAAACFQz2IgGQUAAAAFAAAACAAAAAAAAAAAAAAAgAE0AAAAYS9yZWFkbWVQSwUGAAAAAAIAAgBvAAAAXwAAAAwAbWFkZSBieSBoYW5k',
  'base64',
);

test('a deflated and a stored member come out whole', () => {
  assert.equal(unzipMember(archive, (name) => name.endsWith('/_bin/tool'))?.toString(), 'hello '.repeat(20));
  assert.equal(unzipMember(archive, (name) => name === 'a/readme')?.toString(), 'plain');
});

test('a member that is not there is undefined', () => {
  assert.equal(
    unzipMember(archive, () => false),
    undefined,
  );
});

test('what is no archive, or a damaged one, is refused', () => {
  assert.throws(
    () => unzipMember(Buffer.from('not a zip archive at all, just text'), () => true),
    /not a zip archive/,
  );
  assert.throws(() => unzipMember(Buffer.alloc(0), () => true), /not a zip archive/);
  const damaged = Buffer.from(archive);
  damaged.writeUInt32LE(0, damaged.lastIndexOf('PK\x01\x02', undefined, 'latin1'));
  assert.throws(() => unzipMember(damaged, (name) => name === 'a/readme'), /damaged/);
  const short = Buffer.from(archive);
  short.writeUInt32LE(9, short.indexOf('PK\x01\x02', 0, 'latin1') + 24);
  assert.throws(() => unzipMember(short, () => true));
});
