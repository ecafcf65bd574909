/** The filter CORS: what becomes of it on a route, and the route for preflights of a method. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpRoute, type Manifest, rule, upstream, world } from './world.ts';

const cors = { allowOrigins: ['https://*.a.test'], allowMethods: ['PUT'] };
const filters = [{ type: 'CORS', cors }];
const matching = (...methods: (string | undefined)[]): Manifest =>
  rule('/', {
    filters,
    matches: methods.map((method) => ({
      path: { type: 'PathPrefix', value: '/a' },
      ...(method === undefined ? {} : { method }),
    })),
  });
const routesOf = (...rules: Manifest[]) => {
  const w = world(upstream, httpRoute('r', rules));
  assert.deepEqual(
    w.codes().filter((code) => code !== 'gateway-assumed'),
    [],
  );
  return w.plan.listeners[0]!.virtualHosts[0]!.routes;
};

test('defaults are those of the API', () => {
  const [route] = routesOf(matching(undefined));
  assert.deepEqual(route!.handling?.cors, {
    allowOrigins: ['https://*.a.test'],
    allowMethods: ['PUT'],
    allowHeaders: [],
    exposeHeaders: [],
    allowCredentials: false,
    maxAgeSeconds: 5,
  });
});

for (const [methods, wanted] of [
  [[undefined], 0],
  [['OPTIONS'], 0],
  [['PUT'], 1],
  [['GET', 'PUT', 'OPTIONS'], 2],
] as const) {
  test(`preflights of ${methods.join(', ') || 'any method'} get ${wanted} routes`, () => {
    const preflights = routesOf(matching(...methods)).filter(({ name }) => name.includes('/cors-preflight/'));
    assert.equal(preflights.length, wanted);
    for (const { match, action, handling } of preflights) {
      assert.ok(match.headers.some(({ name, value }) => name === ':method' && value === 'OPTIONS'));
      // Envoy's filter does not act on routes that answer by themselves.
      assert.equal(action.kind, 'forward');
      assert.ok(handling?.cors);
    }
  });
}

test('two rules for two methods of one path do not overlap by their preflights', () => {
  assert.equal(routesOf(matching('GET'), matching('PUT')).length, 4);
});
