/** `loadstar explain` says whether a request may come from the page that sent it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../demo/fakes/manifests.ts';
import { wasmPath } from '../../support/translate.ts';
import { run } from '../cli/run-cli.ts';
import {
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  rule,
  securityPolicy,
  target,
  upstream,
} from '../plan/world.ts';

const csrf = { additionalOrigins: ['https://*.a.test', 'http://b.test:8080'] };
const opaque = ['origin: null', 'referer: https://shop.test/a'];
const rows: readonly (readonly [string, object, string, readonly string[], RegExp | undefined, boolean])[] = [
  ['nothing is changed', csrf, 'GET', [], undefined, true],
  ['no page', csrf, 'POST', [], /refused \(it does not say/, false],
  ['an opaque page', csrf, 'POST', ['origin: null'], /refused \(it does not say/, false],
  ['an opaque page with a referer', csrf, 'POST', opaque, /refused \(it does not say/, false],
  ['its own page', csrf, 'post', ['origin: https://shop.test'], /page of the host itself/, true],
  ['its own page by referer', csrf, 'PUT', ['referer: https://shop.test/a?b'], /host itself/, true],
  ['another', csrf, 'DELETE', ['origin: https://evil.test'], /refused \(from a page of evil\.test/, false],
  ['a listed one', csrf, 'PATCH', ['origin: https://b.test:8080'], /by b\.test:8080/, true],
  ['without its port', csrf, 'PATCH', ['origin: https://b.test'], /refused/, false],
  ['below a listed one', csrf, 'POST', ['origin: http://x.a.test'], /from x\.a\.test, by \*\.a\.test/, true],
  ['anything', { additionalOrigins: ['*'] }, 'POST', ['origin: http://e.test'], /by \*/, true],
  [
    'anything, but no page without a name',
    { additionalOrigins: ['*'] },
    'POST',
    ['origin: null'],
    /refused \(it does not say/,
    false,
  ],
  ['its own page, with a user', csrf, 'POST', ['origin: https://me@shop.test'], /host itself/, true],
  [
    'its own page, with a port',
    csrf,
    'POST',
    ['origin: https://shop.test:443'],
    /page of shop\.test:443/,
    false,
  ],
  ['a user in its referer', csrf, 'POST', ['referer: https://me@shop.test/a'], /does not say/, false],
  ['no URL', csrf, 'POST', ['origin: https://shop.test#a'], /from a page of https:..shop\.test#a/, false],
  ['a third', { shadowFraction: { numerator: 1, denominator: 3 } }, 'POST', [], /for 66\.6666 % of/, true],
  ['a share', { shadowFraction: { numerator: 25 } }, 'POST', [], /for 75 % of the requests/, true],
];
for (const [what, spec, method, headers, says, allowed] of rows)
  test(`csrf: ${what}`, async () => {
    const input = render([
      ...[gatewayClass, ...upstream.flat(), gateway('eg', [listener('http', 80)])],
      httpRoute('r', [rule('/')], { hostnames: [] }),
      securityPolicy('s', [target('HTTPRoute', 'r')], { csrf: spec }),
    ]);
    const all = ['explain', '-f', '-', '--wasm', wasmPath(), '--format', 'json', '--host', 'shop.test'];
    const more = headers.flatMap((one) => ['-H', one]);
    const { code, stdout, stderr } = await run([...all, '--method', method, ...more], input);
    assert.equal(code, 0, stderr);
    const { handling, answer } = JSON.parse(stdout);
    assert.equal(handling.length, says === undefined ? 0 : 1);
    if (says !== undefined) assert.match(handling[0], says);
    assert.equal(answer?.status, allowed ? undefined : 403);
  });
