/** `check`: what each policy does, as text and as data. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inFolder, run } from './run-cli.ts';
import { refused, shop } from './shop.ts';

const native = ['--engine', 'native'];
const gatewayWide = `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: everywhere}
spec:
  targetRefs:
  - {group: gateway.networking.k8s.io, kind: Gateway, name: eg}
  loadBalancer: {type: Random}
`;

test('good manifests: every policy with its target and its condition, code 0', async () => {
  const { code, stdout, stderr } = await run(['check', '-f', '-', ...native], shop);
  assert.equal(code, 0);
  assert.equal(stderr, '');
  assert.match(stdout, /^BackendTrafficPolicy default\/sticky\n {2}targets +HTTPRoute default\/shop\n/m);
  assert.match(stdout, /^ {4}Accepted=True/m);
  assert.match(stdout, /^Gateway default\/eg$/m);
  assert.match(
    stdout,
    /^accepted: 1 listener, 1 route, 1 policy; in Envoy 1 socket, 1 route entry; nothing to report\n$/m,
  );
});

test('which policy displaces which, from both sides', async () => {
  const { stdout } = await run(['check', '-f', '-', '--format', 'json', ...native], shop + gatewayWide);
  const policies = JSON.parse(stdout).resources.filter(
    (one: { kind: string }) => one.kind === 'BackendTrafficPolicy',
  );
  const by = Object.fromEntries(policies.map((one: { name: string }) => [one.name, one]));
  assert.deepEqual(by.sticky.overrides, ['default/everywhere']);
  assert.deepEqual(by.sticky.overriddenBy, []);
  assert.deepEqual(by.everywhere.overriddenBy, ['default/sticky']);
  assert.deepEqual(by.everywhere.holdsFor, []);
  assert.ok(by.everywhere.ancestors[0].conditions.some((one: { type: string }) => one.type === 'Overridden'));
});

test('a refused policy: its condition, the message with its place, code 1', async () => {
  const { code, stdout, stderr } = await run(['check', '-f', '-', ...native], refused);
  assert.equal(code, 1);
  assert.match(stderr, /^<stdin>:\d+:\d+: error: /m);
  assert.match(stdout, /Accepted=False/);
  assert.match(stdout, /^refused: .*; 1 error\n$/m);
});

test('as data: one document on standard output, nothing on standard error', async () => {
  const { code, stdout, stderr } = await run(['check', '-f', '-', '--format', 'json', ...native], refused);
  assert.equal(code, 1);
  assert.equal(stderr, '');
  const found = JSON.parse(stdout);
  assert.equal(found.refused, true);
  assert.equal(found.diagnostics[0].value, 1024);
});

test('a filter that cannot be loaded is a failure of the surroundings', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'filter.wasm');
    writeFileSync(file, 'no module');
    for (const command of ['check', 'translate']) {
      const { code, stderr } = await run([command, '-f', '-', '--wasm', file], shop);
      assert.equal(code, 3);
      assert.match(stderr, /filter\.wasm cannot be loaded/);
    }
  });
});

test('a filter on another machine cannot be asked, which is told', async () => {
  for (const command of ['check', 'translate']) {
    const { code, stderr } = await run([command, '-f', '-', '--wasm', '/no/filter.wasm'], shop);
    assert.equal(code, 0);
    assert.match(stderr, /notice: .*\/no\/filter\.wasm is not on this machine\. \[filter-not-asked\]/);
  }
});

test('a document that is refused as a whole is listed, too', async () => {
  const text = shop.replace('type: Header', 'typ: Header');
  const { stdout } = await run(['check', '-f', '-', ...native], text);
  assert.match(stdout, /^BackendTrafficPolicy default\/sticky\n {2}refused +the errors say why\n/m);
  const json = await run(['check', '-f', '-', '--format', 'json', ...native], text);
  assert.deepEqual(JSON.parse(json.stdout).refusedResources, ['BackendTrafficPolicy default/sticky']);
});

test("the admin interface on a listener's own port: told by check and translate as by run", async () => {
  for (const command of ['check', 'translate']) {
    const to = (admin: string) => run([command, '-f', '-', '--admin', admin, ...native], shop);
    const { code, stdout, stderr } = await to('127.0.0.1:10080');
    assert.equal(code, 1);
    assert.match(stderr, /127\.0\.0\.1:10080 \(admin, .*\) is what listener default\/eg\/http listens on\./);
    assert.match(stderr, /\[port-clash\]/);
    assert.doesNotMatch(stdout, /^static_resources/m);
    for (const free of ['127.0.0.1:10081', '127.0.0.1:0']) assert.equal((await to(free)).code, 0);
  }
});
