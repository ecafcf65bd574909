/** `loadstar explain` names the credential that a backend is shown, never its value. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grpcRoute, type Manifest, render, secret } from '../../../demo/fakes/manifests.ts';
import { extensionRef, injects } from '../../support/injection.ts';
import { wasmPath } from '../../support/translate.ts';
import { run } from '../cli/run-cli.ts';
import { gateway, gatewayClass, httpRoute, listener, ref, rule, upstream } from '../plan/world.ts';

const filters = [extensionRef('shown')];
const call = { method: { service: 'shop.Cart', method: 'Add' } };
const routes = {
  HTTPRoute: httpRoute('r', [rule('/', { filters })], { hostnames: [] }),
  GRPCRoute: grpcRoute('r', [{ matches: [call], filters, backendRefs: [ref()] }], { hostnames: [] }),
};
const argv = {
  HTTPRoute: ['--path', '/'],
  GRPCRoute: ['--path', '/shop.Cart/Add', '--method', 'POST', '-H', 'content-type: application/grpc'],
};
const shown = 'credential: the backend is shown that of HTTPRouteFilter default/shown in';
const rows: readonly (readonly [string, Manifest, readonly string[], string])[] = [
  ['the usual header', {}, [], `${shown} Authorization`],
  [
    'a client that has one of its own',
    {},
    ['-H', 'authorization: Bearer own'],
    'credential: none, the request has Authorization and goes on with it',
  ],
  [
    'one that is overwritten',
    { header: 'x-token', overwrite: true },
    ['-H', 'X-Token: own'],
    `${shown} x-token`,
  ],
];
for (const kind of ['HTTPRoute', 'GRPCRoute'] as const)
  for (const [what, more, headers, line] of rows)
    test(`${kind}: ${what}`, async () => {
      const input = render([
        ...[gatewayClass, ...upstream.flat(), gateway('eg', [listener('http', 80)])],
        ...[routes[kind], injects('shown', 'one', more), secret('one', { credential: 'sesame' })],
      ]);
      const all = ['explain', '-f', '-', '--wasm', wasmPath(), '--format', 'json', '--host', 'x'];
      const { code, stdout, stderr } = await run([...all, ...argv[kind], ...headers], input);
      assert.equal(code, 0, stderr);
      assert.deepEqual(JSON.parse(stdout).handling, [line]);
      assert.doesNotMatch(stdout, /sesame/);
    });
