/** Fields that restrict, in policies that are refused, invalid or merged: what they hold for is closed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, closed, onRoute } from './protections-world.ts';
import { basics, gateway, httpRoute, listener, policy, target, world } from './world.ts';

test('a refused policy that limits requests closes its targets', () => {
  const bad = policy('p', target('HTTPRoute', 'r'), {});
  const limits = {
    ...bad,
    spec: { ...onRoute, rateLimit: {}, timeout: { http: { requestTimeout: 'soon' } } },
  };
  assert.deepEqual(closed(limits), all);
  const lenient = { ...bad, spec: { ...onRoute, timeout: { http: { requestTimeout: 'soon' } } } };
  assert.deepEqual(closed(lenient).closed, [false, false]);
  const misspelt = { ...bad, spec: { ...onRoute, rateLimits: {} } };
  assert.deepEqual(closed(misspelt), all);
});

test('fields of a policy that restrict make it invalid, also where it is merged', () => {
  const wrong = {
    rateLimit: { type: 'Local' },
    bandwidthLimit: { request: { limit: { value: 1, unit: 'Second' } } },
  };
  for (const [field, value] of Object.entries(wrong)) {
    const w = world(basics, httpRoute('r'), policy('p', [target('HTTPRoute', 'r')], { [field]: value }));
    const { action } = w.route('r/0');
    assert.ok(
      action.kind === 'respond' &&
        action.status === 500 &&
        action.because.toLowerCase().includes(field.toLowerCase()),
    );
    const above = policy('up', [target('Gateway', 'eg')], { [field]: value });
    const below = policy('down', [target('HTTPRoute', 'r')], { mergeType: 'StrategicMerge' });
    assert.equal(world(basics, httpRoute('r'), above, below).route('r/0').action.kind, 'respond', field);
  }
});

test('a global limit without a service closes its routes, also where it is merged', () => {
  const limits = { rateLimit: { global: { rules: [{ limit: { requests: 1, unit: 'Hour' } }] } } };
  const onRoute = policy('p', [target('HTTPRoute', 'r')], limits);
  const above = policy('up', [target('Gateway', 'eg')], limits);
  const below = policy('down', [target('HTTPRoute', 'r')], { mergeType: 'StrategicMerge' });
  for (const policies of [[onRoute], [above, below]]) {
    const w = world(basics, httpRoute('r'), ...policies);
    assert.equal(w.route('r/0').action.kind, 'respond');
    assert.deepEqual(
      w.diagnostics.map(({ code }) => code),
      ['rate-limit-service-missing'],
    );
  }
});

test('a Gateway that asks clients for certificates by a field of an older version is refused', () => {
  const asking = gateway('eg', [
    listener('one', 443, {
      protocol: 'HTTPS',
      tls: { certificateRefs: [{ name: 'a' }], frontendValidation: {} },
    }),
  ]);
  const w = world(basics.slice(0, 1), asking, basics.slice(2), httpRoute('r'));
  const found = w.all.find(({ code }) => code === 'field-not-supported');
  assert.match(found?.message ?? '', /frontendValidation .* clients would not be asked for a certificate/);
});
