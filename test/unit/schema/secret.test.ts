/** Secrets: what is read, what is refused, and that no message, print or stage shows a value. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { plain } from '../../../host/cli/plain.ts';
import { renderText } from '../../../host/diagnostics/render.ts';
import type { Secret } from '../../../host/model/resources.ts';
import { assertFindings, readText } from '../../support/manifest.ts';

const MARK = 'c0ffee+S3CR3T';
const CODED = Buffer.from(MARK).toString('base64');
const secret = (rest: string): string => `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n${rest}`;

function one(text: string): Secret {
  const { resources, diagnostics } = readText(text);
  assertFindings(diagnostics, []);
  return resources[0] as Secret;
}
const textOf = (found: Secret, name: string): string | undefined =>
  found.spec.entries.get(name)?.value?.revealText();

test('data is base64, stringData is text and wins; the type is Opaque when it is not given', () => {
  const found = one(secret(`data: {a: ${CODED}, b: ${CODED}}\nstringData: {b: plain}\nimmutable: true\n`));
  assert.equal(found.spec.type, 'Opaque');
  assert.equal(textOf(found, 'a'), MARK);
  assert.equal(textOf(found, 'b'), 'plain');
  assert.equal(found.spec.entries.get('b')?.field, 'stringData');
});

test('base64 in several lines is read as the API server reads it', () => {
  const found = one(secret(`data:\n  a: |\n    ${CODED.slice(0, 8)}\n    ${CODED.slice(8)}\n`));
  assert.equal(textOf(found, 'a'), MARK);
});

test('what cannot be read is kept as a fault: only who refers to it is told', () => {
  const found = one(secret(`data: {bad: "a b", short: YQ, enc: "ENC[AES256_GCM,data:x]"}\n`));
  assert.deepEqual(
    [...found.spec.entries.values()].map(({ fault }) => fault),
    ['is not base64', 'is not base64', 'is encrypted (by sops)'],
  );
  const whole = one(secret(`stringData: {a: ${MARK}}\nsops: {mac: x}\n`));
  assert.equal(whole.spec.entries.get('a')?.fault, 'is encrypted (by sops)');
});

test('a Secret of type kubernetes.io/tls has both its values', () => {
  const { diagnostics } = readText(secret(`type: kubernetes.io/tls\ndata: {tls.crt: ${CODED}}\n`));
  assertFindings(diagnostics, [
    {
      code: 'field-missing',
      field: 'data["tls.key"]',
      says: /is missing/,
      hint: /kubectl create secret tls/,
      points: '…',
    },
  ]);
});

test('more than the API server takes is refused', () => {
  const long = Buffer.alloc(1_048_577).toString('base64');
  const { diagnostics } = readText(secret(`data: {a: ${long}}\n`));
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ['secret-invalid'],
  );
});

/** Each would show the value in the message, the value or the line of a frame. */
const faulty: Readonly<Record<string, string>> = {
  'data is a text': secret(`data: ${CODED}\n`),
  'a value is a list': secret(`data: {a: [${CODED}]}\n`),
  'a value is a number': secret(`stringData:\n  a: ${MARK}\n  b: 12\n`),
  'a mistyped field': secret(`dataa: {a: ${CODED}}\n`),
  'a value at the top': secret(`tls.key: ${CODED}\n`),
  'a value in annotations': secret('').replace('{name: s}', `{name: s, annotations: {a: [${MARK}]}}`),
  'a wrong type of a field': secret(`type: [x]\ndata: {a: ${CODED}}\n`),
  'the key is there twice': secret(`data:\n  a: ${CODED}\n  a: ${CODED}\n`),
  'broken YAML in a value': secret(`data:\n  a: "${CODED}\n  b: ${CODED}\n`),
  'broken YAML after a value': secret(`stringData:\n  a: |\n    ${MARK}\n   ${MARK}: [\n`),
  'broken JSON': `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"a":"${CODED}"}]}`,
  'text after a value': secret(`data:\n  a: "x" ${MARK}\n`),
  'a closing bracket': secret(`data:\n  a: x\n]${MARK}\n`),
  'an unknown tag': secret(`data:\n  a: !${MARK} x\n`),
  'an unknown alias': secret(`data:\n  a: *${CODED}\n`),
  'a kind that does not exist': secret(`data: {a: ${CODED}}\n`).replace('Secret', 'Secrets'),
  'another version': secret(`data: {a: ${CODED}}\n`).replace('v1', 'v2'),
  'a member of a List': `apiVersion: v1\nkind: List\nitems:\n- ${secret(`data: {a: [${CODED}]}\n`).trimEnd().replaceAll('\n', '\n  ')}\n`,
  'half a pair': secret(`stringData: {a: "${MARK}\\ud800"}\n`),
  'a key in PEM in another kind': `apiVersion: v1\nkind: Sercet\ndata:\n  a: "-----BEGIN PRIVATE KEY-----\n    ${MARK}\n  b: x\n`,
};
for (const [name, text] of Object.entries(faulty)) {
  test(`no message shows a value: ${name}`, () => {
    const { diagnostics } = readText(text);
    assert.notEqual(diagnostics.length, 0);
    const told = `${JSON.stringify(diagnostics)}${renderText(diagnostics, { color: false })}`;
    for (const part of [MARK, CODED, MARK.slice(0, 6), CODED.slice(0, 6)])
      assert.ok(!told.includes(part), told);
  });
}

test('a Secret that is read shows no value, however it is printed', () => {
  const found = one(
    secret(`data: {a: ${CODED}}\n`).replace('{name: s}', `{name: s, annotations: {a: ${MARK}}}`),
  );
  const prints = [
    JSON.stringify(found),
    JSON.stringify(plain(found)),
    inspect(found, { depth: 9, showHidden: true }),
    JSON.stringify([...found.spec.entries]),
    String(found.spec.entries.get('a')?.value),
    inspect(found.spec.entries, { depth: 9, showHidden: true }),
  ];
  for (const print of prints) for (const part of [MARK, CODED]) assert.ok(!print.includes(part), print);
  assert.ok(prints[3]?.includes('hidden'));
});
