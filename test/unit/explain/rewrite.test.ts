/** `loadstar explain` says what the backend gets in place of the request's host and path. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../demo/fakes/manifests.ts';
import { wasmPath } from '../../support/translate.ts';
import { run } from '../cli/run-cli.ts';
import { basics, httpRoute, type Manifest, ref, rule } from '../plan/world.ts';

const rewrite = (urlRewrite: Manifest): Manifest => ({ type: 'URLRewrite', urlRewrite });
const prefix = { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/v2' } };
const cases: readonly (readonly [string, Manifest, RegExp | undefined])[] = [
  ['nothing', {}, undefined],
  ['a path', { filters: [rewrite(prefix)] }, /^sent as +\/v2\/x\?q=1 of www\.example\.com$/m],
  ['a host', { filters: [rewrite({ hostname: 'a.internal' })] }, /^sent as +\/a\/x\?q=1 of a\.internal$/m],
  [
    'the host of a backendRef',
    { backendRefs: [{ ...ref(), filters: [rewrite({ hostname: 'b.internal' })] }] },
    /^sent as +\/a\/x\?q=1 of b\.internal$/m,
  ],
];
for (const [what, more, expected] of cases)
  test(`a rewrite of ${what}`, async () => {
    const input = render([...basics.flat(), httpRoute('r', [rule('/a', more)])]);
    const request = ['--host', 'www.example.com', '--path', '/a/x?q=1'];
    const { code, stdout } = await run(['explain', '-f', '-', '--wasm', wasmPath(), ...request], input);
    assert.equal(code, 0);
    if (expected === undefined) assert.doesNotMatch(stdout, /sent as/);
    else assert.match(stdout, expected);
  });
