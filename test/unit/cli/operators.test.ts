/**
 * What an operator does with whole folders: outputs beside inputs, namespaces from outside, documents of
 * other projects.
 */
import assert from 'node:assert/strict';
import { linkSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { inFolder, run } from './run-cli.ts';
import { shop } from './shop.ts';

const native = ['--engine', 'native'];
const check = (text: string, ...more: string[]) => run(['check', '-f', '-', ...native, ...more], text);

test('an output that is an input is refused, by whatever name', async () => {
  await inFolder(async (folder) => {
    const input = join(folder, 'a.yaml');
    writeFileSync(input, shop);
    symlinkSync(input, join(folder, 'soft'));
    linkSync(input, join(folder, 'hard'));
    for (const output of [input, relative('.', input), join(folder, 'soft'), join(folder, 'hard')]) {
      const { code, stderr } = await run(['translate', '-f', input, '-o', output, ...native]);
      assert.equal(code, 2, output);
      assert.match(stderr, /is .*a\.yaml, which is read with -f/);
    }
    const { code, stderr } = await run([
      'translate',
      '-f',
      folder,
      '-o',
      join(folder, 'envoy.yaml'),
      ...native,
    ]);
    assert.deepEqual([code, /the next time it would be read/.test(stderr)], [2, true]);
    assert.equal(readFileSync(input, 'utf8'), shop);
  });
});

test('a link whose target is missing stays a link', async () => {
  await inFolder(async (folder) => {
    symlinkSync('there.yaml', join(folder, 'link'));
    assert.equal((await run(['translate', '-f', '-', '-o', join(folder, 'link'), ...native], shop)).code, 0);
    assert.ok(lstatSync(join(folder, 'link')).isSymbolicLink());
    assert.match(readFileSync(join(folder, 'there.yaml'), 'utf8'), /static_resources/);
  });
});

test('--namespace is that of documents without one', async () => {
  const { code, stdout } = await check(shop, '-n', 'prod');
  assert.equal(code, 0);
  assert.match(stdout, /^HTTPRoute prod\/shop$/m);
  assert.equal((await check(shop, '-n', 'No/Name')).code, 2);
});

test('the namespace of a kustomization holds for the files that it lists', async () => {
  await inFolder(async (folder) => {
    mkdirSync(join(folder, 'base'));
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      'namespace: outer\nresources: [base]\nnamePrefix: x-\n',
    );
    writeFileSync(join(folder, 'base/kustomization.yaml'), 'namespace: inner\nresources: [shop.yaml]\n');
    writeFileSync(join(folder, 'base/shop.yaml'), shop);
    const { code, stdout, stderr } = await run(['check', '-f', folder, ...native]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^HTTPRoute outer\/shop$/m);
    assert.match(stderr, /only the namespace is honoured, not namePrefix/);
  });
});

const foreign = (apiVersion: string, kind: string, name: string): string =>
  `---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${name}}\n`;

test('foreign kinds are one line each; those that route or balance are a warning', async () => {
  const many = ['a', 'b', 'c'].map((name) => foreign('apps/v1', 'Deployment', name)).join('');
  const rules = foreign('networking.istio.io/v1', 'DestinationRule', 'd');
  const { stderr } = await check(shop + many + rules);
  assert.equal(stderr.match(/Deployment/g)?.length, 1);
  assert.match(
    stderr,
    /notice: Loadstar does not read the kind Deployment \(apps\/v1\): 3 documents have no effect/,
  );
  assert.match(stderr, /warning: Loadstar does not read the kind DestinationRule/);
});

const hints: readonly [what: string, from: string, to: string, says: RegExp][] = [
  [
    'a placeholder',
    'spec:\n  parentRefs',
    `spec:\n  hostnames: ["app.\${DOMAIN}"]\n  parentRefs`,
    /hostnames\[0\] must be.*\n(?:.*\n)*?.*looks like a placeholder: render it first/,
  ],
  [
    'a placeholder in braces',
    'metadata: {name: shop}',
    'metadata: {name: "{NAME}"}',
    /name must be.*\n(?:.*\n)*?.*looks like a placeholder: render it first/,
  ],
  [
    'a wrong field',
    '  loadBalancer:',
    '  circuitBreaker: {maxRequests: 1}\n  loadBalancer:',
    /Did you mean maxParallelRequests\?/,
  ],
  [
    'a retry field',
    '  loadBalancer:',
    '  retry: {retriableStatusCodes: [503]}\n  loadBalancer:',
    /Did you mean retryOn\.httpStatusCodes\?/,
  ],
  [
    'retryOn as a list',
    '  loadBalancer:',
    '  retry: {retryOn: [reset]}\n  loadBalancer:',
    /Write it as retryOn: \{triggers/,
  ],
  [
    'a switch',
    'kind: Gateway\nmetadata: {name: eg}',
    'kind: Gateway\nmetadata: {name: eg, labels: {a: on}}',
    /on is read as text here; kubectl reads it as true/,
  ],
];
for (const [what, from, to, says] of hints) {
  test(`what to do about ${what}`, async () => {
    assert.ok(shop.includes(from), 'the shop has changed');
    assert.match((await check(shop.replace(from, to))).stderr, says);
  });
}
