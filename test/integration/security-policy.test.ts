/**
 * SecurityPolicies on a real Envoy: who is let in by address, header, method and path, over plain requests
 * and those that come through a proxy; preflights; in the static form and live.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Backend } from '../../demo/fakes/backend.ts';
import { http1 } from '../../demo/fakes/http1.ts';
import { httpRoute, ref, rule, securityPolicy, target } from '../../demo/fakes/manifests.ts';
import { Envoy } from '../support/envoy.ts';
import { clientPolicy, gateway, type Manifest, service } from '../support/manifests.ts';
import { translate } from '../support/translate.ts';

const onRule = (sectionName: string): Manifest[] => [target('HTTPRoute', 'r', sectionName)];
const named = (name: string, more: Manifest = {}) =>
  rule(`/${name}`, { name, backendRefs: [ref()], ...more });

let backend: Backend;
let envoy: Envoy;
before(async () => {
  backend = await Backend.start();
  const redirect = { type: 'RequestRedirect', requestRedirect: { hostname: 'other.test' } };
  const routes = httpRoute('r', [
    named('open'),
    named('cidr'),
    named('who'),
    named('methods'),
    named('paths'),
    named('nobody'),
    named('cors'),
    named('redirect', { filters: [redirect], backendRefs: undefined }),
  ]);
  const policies = [
    securityPolicy('cidr', onRule('cidr'), {
      authorization: {
        rules: [
          { action: 'Deny', principal: { clientCIDRs: ['10.9.0.0/16', '2001:db8::/32'] } },
          { action: 'Allow', principal: { clientCIDRs: ['10.0.0.0/8', '2001::/16'] } },
        ],
      },
    }),
    securityPolicy('who', onRule('who'), {
      authorization: {
        rules: [
          {
            action: 'Allow',
            principal: {
              headers: [
                { name: 'X-User', values: ['ann', 'bob'] },
                { name: 'x-org', values: ['a'] },
              ],
            },
          },
        ],
      },
    }),
    securityPolicy('methods', onRule('methods'), {
      authorization: {
        defaultAction: 'Allow',
        rules: [
          {
            action: 'Deny',
            operation: { methods: ['PUT', 'DELETE'] },
            principal: { clientCIDRs: ['0.0.0.0/0', '::/0'] },
          },
        ],
      },
    }),
    securityPolicy('paths', onRule('paths'), {
      authorization: {
        defaultAction: 'Allow',
        rules: [
          ['PathPrefix', '/paths/admin'],
          ['Exact', '/paths/one'],
          ['RegularExpression', '/paths/[0-9]+'],
        ].map(([type, value]) => ({
          action: 'Deny',
          operation: { path: { type, value } },
          principal: { clientCIDRs: ['0.0.0.0/0', '::/0'] },
        })),
      },
    }),
    securityPolicy('nobody', onRule('nobody'), { authorization: {} }),
    securityPolicy('redirect', onRule('redirect'), { authorization: {} }),
    securityPolicy('cors', onRule('cors'), {
      authorization: {},
      cors: { allowOrigins: ['https://*.shop.test'], allowMethods: ['PUT'], maxAge: '10m' },
    }),
  ];
  const clients = clientPolicy({ clientIPDetection: { xForwardedFor: { numTrustedHops: 1 } } });
  envoy = await Envoy.start(
    await translate([...gateway(), ...service('backend', [backend]), routes, clients, ...policies], 'filter'),
  );
});
after(async () => {
  await envoy?.stop();
  await backend?.stop();
});

const send = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
  http1({ port: envoy.port(), method, path, headers: Object.entries(headers) });
const from = (address: string) => ({ 'x-forwarded-for': address });

const cases: readonly (readonly [string, string, Readonly<Record<string, string>>, number, string?])[] = [
  ['a rule without a policy', '/open', {}, 200],
  ['an address that is allowed', '/cidr', from('10.1.2.3'), 200],
  ['an address that an earlier rule denies', '/cidr', from('10.9.2.3'), 403],
  ['an address of no rule', '/cidr', from('11.1.2.3'), 403],
  ['the address of the connection', '/cidr', {}, 403],
  ['an address that the client wrote before the true one', '/cidr', from('10.1.2.3, 11.1.2.3'), 403],
  ['an address of IPv6 that is allowed', '/cidr', from('2001:db7::1'), 200],
  ['one that is denied', '/cidr', from('2001:db8::1'), 403],
  ['all headers', '/who', { 'x-user': 'bob', 'x-org': 'a' }, 200],
  ['one of two headers', '/who', { 'x-user': 'bob' }, 403],
  ['a header of another value', '/who', { 'x-user': 'eve', 'x-org': 'a' }, 403],
  ['a value in another case', '/who', { 'x-user': 'Bob', 'x-org': 'a' }, 403],
  ['no header', '/who', {}, 403],
  ['a method that is allowed', '/methods', {}, 200],
  ['a method that is denied', '/methods', {}, 403, 'PUT'],
  ['a path below a prefix', '/paths/admin/x', {}, 403],
  ['the prefix itself, with a query', '/paths/admin?x=y', {}, 403],
  ['the prefix, written otherwise', '/paths//x/../%61dmin', {}, 403],
  ['a path that begins alike', '/paths/administrator', {}, 200],
  ['an exact path', '/paths/one', {}, 403],
  ['an exact path with a query', '/paths/one?two', {}, 403],
  ['below an exact path', '/paths/one/two', {}, 200],
  ['a path by pattern, with a query', '/paths/17?two', {}, 403],
  ['a longer one', '/paths/17/x', {}, 200],
  ['a policy that allows nothing', '/nobody', {}, 403],
  ['one on a route that redirects', '/redirect', {}, 403],
];
for (const [what, path, headers, status, method] of cases)
  test(`${what}: ${status}`, async () => {
    const answer = await send(path, headers, method);
    assert.equal(answer.status, status);
    assert.equal(answer.headers['x-backend'] !== undefined, status === 200);
  });

test('a preflight is answered before anybody is denied, the request itself is denied', async () => {
  const origin = 'https://www.shop.test';
  const asking = (by: string) => ({ origin: by, 'access-control-request-method': 'PUT' });
  const preflight = await send('/cors', asking(origin), 'OPTIONS');
  assert.equal(preflight.status, 200);
  assert.deepEqual(preflight.headers['access-control-allow-origin'], [origin]);
  assert.deepEqual(preflight.headers['access-control-max-age'], ['600']);
  const other = await send('/cors', asking('https://shop.test.evil.test'), 'OPTIONS');
  assert.equal(other.headers['access-control-allow-origin'], undefined);
  const request = await send('/cors', { origin }, 'PUT');
  assert.deepEqual([request.status, request.headers['x-backend']], [403, undefined]);
});
