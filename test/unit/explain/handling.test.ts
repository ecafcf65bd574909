/** `loadstar explain` names what a policy does with a request besides sending it to a host. */
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
  policy,
  rule,
  securityPolicy,
  target,
  upstream,
} from '../plan/world.ts';

/** @returns the lines below `handling`. */
async function handling(spec: object, ...argv: string[]): Promise<readonly string[]> {
  const input = render([
    gatewayClass,
    ...upstream.flat(),
    gateway('eg', [listener('http', 80)]),
    httpRoute('r', [rule('/')], { hostnames: [] }),
    policy('p', [target('HTTPRoute', 'r')], spec as never),
  ]);
  const all = ['explain', '-f', '-', '--wasm', wasmPath(), '--format', 'json', '--host', 'x', ...argv];
  const { code, stdout, stderr } = await run(all, input);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout).handling;
}

const local = (...rules: object[]) => ({ rateLimit: { local: { rules } } });
const limit = { requests: 3, unit: 'Hour' };
const each = { headers: [{ type: 'Distinct', name: 'x-user' }], sourceCIDR: { value: '10.0.0.0/8' } };
const both = local(
  { limit: { requests: 1, unit: 'Second' } },
  { clientSelectors: [each], limit, cost: { request: { from: 'Number', number: 2 } } },
  { clientSelectors: [{ path: { value: '/cart' }, methods: [{ value: 'GET' }] }], limit, shadowMode: true },
  {
    clientSelectors: [{ queryParams: [{ name: 'q', value: 'a', invert: true }] }, { path: { value: '/q' } }],
    limit,
  },
);
const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['no rule counts it', ['--path', '/'], ['local limit: 1 request each second']],
  [
    'a header and an address',
    ['--path', '/', '-H', 'X-User: a', '--source-ip', '10.1.2.3'],
    ['local limit: 3 requests each hour, for each header x-user, this one counts 2'],
  ],
  [
    'another address',
    ['--path', '/', '-H', 'X-User: a', '--source-ip', '11.1.2.3'],
    ['local limit: 1 request each second'],
  ],
  [
    'a path with a query',
    ['--path', '/cart?x=y'],
    ['local limit: 3 requests each hour, not enforced (shadowMode)'],
  ],
  ['not a query', ['--path', '/q?q=b'], ['local limit: 3 requests each hour']],
  ['that query', ['--path', '/q?q=a'], ['local limit: 1 request each second']],
];
for (const [what, argv, lines] of rows)
  test(`a local limit: ${what}`, async () => assert.deepEqual(await handling(both, ...argv), lines));

test('global limits are counted by the service', async () => {
  const spec = {
    rateLimit: {
      global: {
        rules: [
          { limit, shared: true },
          { clientSelectors: [each], limit },
        ],
      },
    },
  };
  assert.deepEqual(await handling(spec, '--path', '/', '--rate-limit-service', '127.0.0.1:1'), [
    'global limit: 3 requests each hour, shared by the routes of the policy, counted by the service',
  ]);
});

test('no limit is for the request', async () => {
  assert.deepEqual(await handling(local({ clientSelectors: [each], limit }), '--path', '/'), [
    'local limit: no rule counts this request',
  ]);
  assert.deepEqual(await handling({ loadBalancer: { type: 'Random' } }, '--path', '/'), []);
});

const corsRoute = httpRoute(
  'r',
  [rule('/', { filters: [{ type: 'CORS', cors: { allowOrigins: ['https://*.a.test'] } }] })],
  { hostnames: [] },
);
const preflight = ['--method', 'OPTIONS', '-H', 'access-control-request-method: GET'];
for (const [what, argv, line, status] of [
  ['no origin', [], undefined, undefined],
  [
    'an origin',
    ['-H', 'origin: https://b.a.test'],
    /b\.a\.test is allowed \(https:\/\/\*\.a\.test\)/,
    undefined,
  ],
  ['another origin', ['-H', 'origin: https://a.test'], /a\.test is not allowed/, undefined],
  ['a preflight', [...preflight, '-H', 'origin: https://b.a.test'], /is allowed/, 200],
] as const) {
  test(`CORS: ${what}`, async () => {
    const input = render([
      gatewayClass,
      ...upstream.flat(),
      gateway('eg', [listener('http', 80)]),
      corsRoute,
    ]);
    const all = ['explain', '-f', '-', '--wasm', wasmPath(), '--format', 'json', '--host', 'x', ...argv];
    const { code, stdout, stderr } = await run(all, input);
    assert.equal(code, 0, stderr);
    const { handling: lines, answer } = JSON.parse(stdout);
    assert.equal(lines.length, line === undefined ? 0 : 1);
    if (line !== undefined) assert.match(lines[0], line);
    assert.equal(answer?.status, status);
  });
}

const guarded = (spec: object): string =>
  render([
    gatewayClass,
    ...upstream.flat(),
    gateway('eg', [listener('http', 80)]),
    httpRoute('r', [rule('/')], { hostnames: [] }),
    securityPolicy('s', [target('HTTPRoute', 'r')], spec),
  ]);
const rules = [
  { name: 'office', action: 'Allow', principal: { clientCIDRs: ['10.0.0.0/8'] } },
  {
    name: 'admin',
    action: 'Deny',
    operation: { methods: ['PUT'], path: { value: '/admin' } },
    principal: { headers: [{ name: 'x-a', values: ['b', 'c'] }] },
  },
];
for (const [what, argv, says, status] of [
  ['allowed', ['--source-ip', '10.1.2.3'], 'allowed (rule office), client 10.1.2.3', undefined],
  ['no rule', ['--source-ip', '11.1.2.3'], 'allowed (no rule fits: the default action)', undefined],
  [
    'denied',
    ['--path', '/admin/x?y', '--method', 'PUT', '-H', 'X-A: c', '--source-ip', '11.1.2.3'],
    'denied (rule admin), client 11.1.2.3',
    403,
  ],
] as const)
  test(`authorization: ${what}`, async () => {
    const input = guarded({ authorization: { rules, defaultAction: 'Allow' } });
    const all = ['explain', '-f', '-', '--wasm', wasmPath(), '--format', 'json', '--host', 'x', ...argv];
    const { code, stdout, stderr } = await run(all, input);
    assert.equal(code, 0, stderr);
    const { handling: lines, answer } = JSON.parse(stdout);
    assert.ok(String(lines[0]).startsWith(`authorization: ${says}`), lines[0]);
    assert.equal(answer?.status, status);
  });
