/** Who answers what on a connection: 421 where another listener is the one for the host. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tlsSecret } from '../../support/certificates.ts';
import { https, messageOf, serving, shop, wild } from './tls-world.ts';
import { httpRoute, rule, type World } from './world.ts';

/** What each listener answers for a host: a status, or the route. */
function answers(w: World, index: number): Record<string, string> {
  const hosts = w.plan.listeners[index]?.virtualHosts ?? [];
  return Object.fromEntries(
    hosts.flatMap(({ domains, routes }) =>
      domains.map((domain) => {
        const action = routes[0]?.action;
        return [
          domain,
          action === undefined ? '404' : action.kind === 'respond' ? String(action.status) : action.kind,
        ];
      }),
    ),
  );
}

test('a request on the connection of another listener: 421 where that is the one for its host', () => {
  const w = serving(
    [tlsSecret('shop', shop), tlsSecret('wild', wild)],
    [
      https('exact', 'shop', { hostname: 'shop.example.com' }),
      https('wild', 'wild', { hostname: '*.example.com' }),
      https('any', 'wild'),
    ],
    httpRoute('r', [rule('/')], { hostnames: [] }),
    httpRoute('narrow', [rule('/n')], {
      hostnames: ['shop.example.com', 'a.example.com'],
      parentRefs: [{ name: 'eg', sectionName: 'wild' }],
    }),
  );
  assert.deepEqual(answers(w, 0), { 'shop.example.com': 'forward', '*.example.com': '421', '*': '421' });
  assert.deepEqual(answers(w, 1), {
    'a.example.com': 'forward',
    '*.example.com': 'forward',
    'shop.example.com': '421',
    '*': '421',
  });
  assert.deepEqual(answers(w, 2), { '*': 'forward', 'shop.example.com': '421', '*.example.com': '421' });
  assert.match(
    messageOf(w, 'OverlappingTLSConfig'),
    /SAN shop\.example\.com overlaps with .* in listener wild\..* 421/,
  );
});

test('what a listener is for and no route serves is 404, not 421', () => {
  const w = serving(
    [tlsSecret('wild', wild)],
    [https('wild', 'wild', { hostname: '*.example.com' }), https('any', 'wild')],
    httpRoute('r', [rule('/')], {
      hostnames: ['a.example.com'],
      parentRefs: [{ name: 'eg', sectionName: 'wild' }],
    }),
  );
  assert.deepEqual(answers(w, 0), { 'a.example.com': 'forward', '*.example.com': '404', '*': '421' });
  assert.deepEqual(answers(w, 1), { '*.example.com': '421' });
});

test('a narrower listener has the hosts below its name, whatever routes of a wider one say', () => {
  const w = serving(
    [tlsSecret('wild', wild)],
    [https('wide', 'wild'), https('below', 'wild', { hostname: '*.b.example.com' })],
    httpRoute('r', [rule('/')], {
      hostnames: ['x.b.example.com', '*.c.b.example.com', 'x.example.com'],
      parentRefs: [{ name: 'eg', sectionName: 'wide' }],
    }),
  );
  assert.deepEqual(answers(w, 0), { 'x.example.com': 'forward', '*.b.example.com': '421' });
});
