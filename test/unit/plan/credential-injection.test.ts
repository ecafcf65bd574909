/** credentialInjection of HTTPRouteFilters: what the plan gets, and why a rule answers 500 in its place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extensionRef, injects } from '../../support/injection.ts';
import { one } from './routes-world.ts';
import { grant, type Manifest, rule, secret } from './world.ts';

const closed: readonly (readonly [string, readonly Manifest[], RegExp])[] = [
  ['a credential that is not there', [injects('f', 's')], /Secret default\/s does not exist/],
  [
    'a Secret without a credential',
    [injects('f', 's'), secret('s', { token: 'sesame' })],
    /Secret default\/s: it has nothing under the key "credential"/,
  ],
  [
    'a credential with a line break',
    [injects('f', 's'), secret('s', { credential: 'sesame\n' })],
    /ends in a line break/,
  ],
  [
    'a credential that no header holds',
    [injects('f', 's'), secret('s', { credential: 'sesame\r\nx: y' })],
    /no header may hold/,
  ],
  [
    'two credentials',
    [injects('f', 's'), injects('g', 's'), secret('s', { credential: 'sesame' })],
    /Only one HTTPRouteFilter with credentialInjection/,
  ],
];
for (const [what, more, says] of closed)
  test(`${what}: 500, and no message shows a value`, () => {
    const names = more.flatMap(({ kind, metadata }) =>
      kind === 'HTTPRouteFilter' ? [String((metadata as Manifest).name)] : [],
    );
    const w = one(rule('/', { filters: names.map(extensionRef) }), ...more);
    const { action } = w.route('r/0');
    assert.equal(action.kind === 'respond' && action.status, 500);
    const { Accepted } = w.conditions('HTTPRoute', 'r');
    assert.equal(Accepted?.reason, 'UnsupportedValue');
    assert.match(Accepted?.message ?? '', says);
    assert.doesNotMatch(JSON.stringify([w.diagnostics, w.status]), /sesame/);
  });

test('a credential is a part of what its routes do, and no value of it is shown', () => {
  const more = [injects('f', 's', { header: 'x-token' }), secret('s', { credential: 'sesame' })];
  const route = (r: Manifest) => one(r, ...more).route('r/0');
  const { handling } = route(rule('/', { filters: [extensionRef('f')] }));
  const { credential, ...rest } = handling!.injection!;
  assert.deepEqual(rest, { name: 'default/f', header: 'x-token', overwrite: false });
  assert.equal(credential.revealText(), 'sesame');
  assert.doesNotMatch(JSON.stringify(handling), /sesame/);
  const redirect = { type: 'RequestRedirect', requestRedirect: { scheme: 'https' } };
  const away = route({ matches: [{ path: { value: '/' } }], filters: [extensionRef('f'), redirect] });
  assert.equal(away.handling, undefined);
});

test('a credential of another namespace needs a ReferenceGrant', () => {
  const other = secret('s', { credential: 'c' }, 'vault');
  const from = { group: 'gateway.envoyproxy.io', kind: 'HTTPRouteFilter', namespace: 'default' };
  const allowed = grant('vault', from, { group: '', kind: 'Secret' });
  const f = injects('f', 's', { credential: { valueRef: { name: 's', namespace: 'vault' } } });
  const r = rule('/', { filters: [extensionRef('f')] });
  assert.equal(one(r, f, other).route('r/0').action.kind, 'respond');
  assert.equal(one(r, f, other, allowed).route('r/0').handling?.injection?.header, 'Authorization');
});

for (const header of ['Host', 'transfer-encoding', 'X-Loadstar-Host'])
  test(`a credential cannot be the header ${header}: the filter is refused, and its route answers 500`, () => {
    const more = [injects('f', 's', { header }), secret('s', { credential: 'sesame' })];
    const w = one(rule('/', { filters: [extensionRef('f')] }), ...more);
    assert.equal(w.route('r/0').action.kind, 'respond');
  });
