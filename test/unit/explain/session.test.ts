/** `loadstar explain` names the host of a session, if the request brings a token that names one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../demo/fakes/manifests.ts';
import { wasmPath } from '../../support/translate.ts';
import { run } from '../cli/run-cli.ts';
import { basics, httpRoute, rule } from '../plan/world.ts';

async function explained(sessionPersistence: object, ...argv: string[]) {
  const route = httpRoute('r', [rule('/', { sessionPersistence })], { hostnames: [] });
  const input = render([...basics, route].flat());
  const all = ['explain', '-f', '-', '--wasm', wasmPath(), '--format', 'json', '--host', 'x', ...argv];
  const { code, stdout, stderr } = await run(all, input);
  assert.equal(code, 0, stderr);
  const { handling, pools } = JSON.parse(stdout);
  return { handling, choice: pools[0].choice };
}

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const HOST = '10.0.0.2:3000';
/** As Envoy writes it: a message with the address, and when it ends. */
const COOKIE = base64(`\n${String.fromCharCode(HOST.length)}${HOST}\x10\x05`);
const named = { type: 'Cookie', sessionName: 's' };

test('a request that brings a session is told its host', async () => {
  const { handling, choice } = await explained(named, '-H', `Cookie: a=b; s="${COOKIE}"`);
  assert.deepEqual(handling, [
    'session: the answer names its host in cookie s; requests that bring it stay there',
  ]);
  assert.deepEqual(choice, { kind: 'session', by: 'cookie s', host: HOST });
});

test('a header holds the address alone; its name is made from the rule', async () => {
  const name = 'httproute-default-r-rule-0';
  const { choice } = await explained({ type: 'Header' }, '-H', `${name}: ${base64(HOST)}`);
  assert.deepEqual(choice, { kind: 'session', by: `header ${name}`, host: HOST });
});

for (const [what, token] of [
  ['a host that is none of the pool', base64('10.9.9.9:3000')],
  ['no base64', '%%%'],
  ['nothing', ''],
])
  test(`${what}: the balancer chooses`, async () => {
    const { choice } = await explained(named, '-H', `Cookie: s=${token}`);
    assert.equal(choice.kind, 'balance');
  });
