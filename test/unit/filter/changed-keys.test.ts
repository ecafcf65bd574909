/** Which keys a route changes itself, so that the filter must leave the pick to Envoy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedKeys } from '../../../host/filter/changed-keys.ts';
import { selection } from '../../../host/filter/config.ts';
import type { ForwardAction, HashKey, HeaderEdits } from '../../../host/plan/types.ts';
import { forward, maglev, plan, route } from '../envoy/plans.ts';

const none: HeaderEdits = { set: [], add: [], remove: [] };
const set = (name: string): HeaderEdits => ({ ...none, set: [{ name, value: 'v' }] });
const add = (name: string): HeaderEdits => ({ ...none, add: [{ name, value: 'v' }] });
const remove = (name: string): HeaderEdits => ({ ...none, remove: [name] });
const header = (name: string): HashKey => ({ kind: 'header', name });
const cookie: HashKey = { kind: 'cookie', name: 'c', attributes: [] };
const query: HashKey = { kind: 'query', name: 'q' };
const to = (more: object): Partial<ForwardAction> => ({ to: [{ pool: 'p', weight: 1, ...more }] });
const path = (value: string) => ({ rewrite: { path: { kind: 'prefix', from: '/a', value } } }) as const;

const cases: [why: string, HashKey, HeaderEdits, Partial<ForwardAction>, changed: boolean][] = [
  ['nothing is edited', header('x'), none, {}, false],
  ['another header is', header('x'), set('y'), {}, false],
  ['set, in another case', header('X'), set('x'), {}, true],
  ['add', header('x'), add('X'), {}, true],
  ['remove', header('x'), remove('X'), {}, true],
  ['by a backendRef', header('x'), none, to({ requestHeaders: set('x') }), true],
  ['a cookie, set', cookie, set('Cookie'), {}, true],
  ['a cookie, and a header of its name', cookie, set('c'), {}, false],
  ['the host, rewritten', header(':authority'), none, { rewrite: { host: 'h' } }, true],
  ['the host, by its other name', header('Host'), none, { rewrite: { host: 'h' } }, true],
  ['the host, by a backendRef', header(':authority'), none, to({ rewriteHost: 'h' }), true],
  ['what the host was before', header('x-forwarded-host'), none, { rewrite: { host: 'h' } }, true],
  ['the path', header(':path'), none, path('/b'), true],
  ['the host beside a new path', header(':authority'), none, path('/b'), false],
  ['a query beside a new path', query, none, path('/b'), false],
  ['a new path that brings a query', query, none, path('/b?q=1'), true],
  ['the source address', { kind: 'source-ip' }, set('x-forwarded-for'), {}, false],
];

for (const [why, key, requestHeaders, over, changed] of cases) {
  test(`${why}: ${changed ? 'Envoy picks' : 'the filter picks'}`, () => {
    const hash = [header('unchanged'), key];
    const one = route('/', forward(['p'], { hash, ...over }), { requestHeaders });
    assert.deepEqual(changedKeys(one), changed ? [key] : []);
    const made = plan([one], [maglev('p')]);
    const selected = selection(made.listeners[0]!, new Map([['p', made.pools[0]!]]));
    assert.equal(selected?.routes.has(one) ?? false, !changed);
  });
}
