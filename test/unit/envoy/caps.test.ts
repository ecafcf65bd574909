/**
 * The filter's caps (assembly/bytes/caps.ts) that the companion has too. Host and filter share no source, so
 * this test is what holds the two together: a constant of a cap's name must have its value, and a cap's value
 * must not stand anywhere without its name.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const lines = (path: string) => readFileSync(join(root, path), 'utf8').split('\n');

/** `export const NAME: type = value;`, where the value is a number or made of caps before it. */
const caps = new Map<string, number>();
for (const line of lines('assembly/bytes/caps.ts')) {
  const [, name, value] = /^export const (\w+): \w+ = (.+);$/.exec(line) ?? [];
  if (name === undefined || value === undefined) continue;
  const numbers = value.replace(/[A-Z]\w+/g, (other) => String(caps.get(other)));
  assert.match(numbers, /^[\d.e+* ()]+$/, `${name} = ${value}: this test cannot read it`);
  caps.set(name, Number(new Function(`return ${numbers}`)()));
}

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (path.endsWith('.ts')) yield relative(root, join(root, path));
  }
}

interface Constant {
  readonly path: string;
  readonly name: string;
  readonly value: number;
}
const constantOf = (path: string, line: string): Constant | undefined => {
  const [, name, value] = /^\s*(?:export )?const ([A-Z][A-Z0-9_]+) = ([\d_.e]+);/.exec(line) ?? [];
  return name === undefined ? undefined : { path, name, value: Number(value!.replaceAll('_', '')) };
};
const named = [...sources('host')].flatMap((path) =>
  lines(path).flatMap((line) => {
    const constant = constantOf(path, line);
    return constant !== undefined && caps.has(constant.name) ? [constant] : [];
  }),
);

test('a constant of the companion with the name of a cap has its value', () => {
  for (const { path, name, value } of named) assert.equal(value, caps.get(name), `${path}: ${name}`);
});

test('each cap has one home in the companion', () => {
  for (const { path, name } of named) {
    const homes = named.filter((other) => other.name === name);
    assert.equal(homes.length, 1, `${path}: ${name} has ${homes.length}`);
  }
});

test('what a manifest can ask for is held to the caps', () => {
  const wanted = [
    ...['MAX_TABLES', 'MAX_POLICIES', 'MAX_HOSTS', 'MAX_LOCALITIES', 'MAX_KEYS'],
    ...['MAX_CONFIG_NAME', 'MAX_TABLE_SIZE', 'MAX_HOPS', 'MAX_LOAD_BOUND', 'MAX_REPORT_BYTES', 'MAX_METRICS'],
  ];
  const have = new Set(named.map(({ name }) => name));
  assert.deepEqual(
    wanted.filter((name) => !have.has(name)),
    [],
  );
});

/** Values of caps that the companion has for another reason. */
const others: readonly { readonly value: number; readonly path: RegExp; readonly because: string }[] = [
  { value: 65_535, path: /^host\/(schema|run|cli|simulate)\//, because: 'the largest port' },
  { value: 4096, path: /^host\/schema\//, because: "Gateway API's longest header value" },
  { value: 1_000_000, path: /^host\//, because: "Gateway API's largest weight, and a million" },
  { value: 1024, path: /^host\//, because: 'a unit of bytes' },
  { value: 8192, path: /^host\/demo\//, because: 'a size of the demo' },
  { value: 4096, path: /^host\/demo\//, because: 'a size of the demo' },
];

test('a large cap stands nowhere in the companion without its name', () => {
  const large = new Set([...caps.values()].filter((value) => value >= 1000 && Number.isInteger(value)));
  const found: string[] = [];
  for (const path of sources('host')) {
    for (const [i, line] of lines(path).entries()) {
      if (constantOf(path, line) !== undefined || /^\s*(\*|\/\/|\/\*)/.test(line)) continue;
      for (const [text] of line.matchAll(/(?<![\w.])\d[\d_]*(?![\w.])/g)) {
        const value = Number(text.replaceAll('_', ''));
        if (!large.has(value) || others.some((other) => other.value === value && other.path.test(path)))
          continue;
        found.push(`${path}:${i + 1}: ${text}`);
      }
    }
  }
  assert.deepEqual(found, []);
});

test('in the filter buffers and messages are made of the caps, not of their numbers', () => {
  const values = new Set([...caps.values()].filter((value) => value >= 16).map(String));
  for (const path of sources('assembly')) {
    if (path.includes('__tests__') || path.endsWith('bytes/caps.ts')) continue;
    const text = readFileSync(join(root, path), 'utf8');
    for (const [found, size] of text.matchAll(/memory\.data\((\d+)/g))
      assert.ok(Number(size) <= 8, `${path}: ${found}`);
    for (const [, message] of text.matchAll(/refuse(?:Value)?\((?:'[^']*'|\w+), '([^']*)'/g))
      for (const [number] of message!.replace(/"[^"]*"/g, '').matchAll(/\d+/g))
        assert.ok(!values.has(number), `${path}: ${message}`);
  }
});
