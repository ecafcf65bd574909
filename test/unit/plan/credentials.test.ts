/**
 * Users and keys of SecurityPolicies: from which Secret they come, and why a policy closes in their place.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUsers } from '../../../host/plan/security/htpasswd.ts';
import { basics, httpRoute, type Manifest, rule, secret, securityPolicy, target, world } from './world.ts';

const HASH = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=';
const policy = (spec: Manifest, on: Manifest = target('HTTPRoute', 'r'), name = 'p'): Manifest =>
  securityPolicy(name, [on], spec);
const basic = (name: string, more: Manifest = {}): Manifest => ({ basicAuth: { users: { name, ...more } } });
const keyed = (...refs: Manifest[]): Manifest => ({
  apiKeyAuth: { credentialRefs: refs, extractFrom: [{ headers: ['x-key'] }] },
});
const on = (...more: Manifest[]) => world(basics, httpRoute('r', [rule('/')]), more);

const users = (text: string): string => readUsers(text).lines ?? readUsers(text).fault ?? '';
for (const [text, expected] of [
  [`ann:${HASH}\r\n\r\n# x\r\n  bob:${HASH}`, `ann:${HASH}\nbob:${HASH}\n`],
  ['', 'there is no user'],
  ['ann', "invalid htpasswd format: each line must be in the format 'username:password' (line 1)"],
  [`\n:${HASH}`, 'invalid htpasswd format: the username is empty (line 2)'],
  ['ann:$2y$05$abc', 'unsupported htpasswd format: please use {SHA} (line 1)'],
  ['ann:{SHA}short', 'invalid htpasswd format: {SHA} must be base64-encoded SHA1 (line 1)'],
  [`ann:${HASH}\nann:${HASH}`, 'invalid htpasswd format: the username occurs twice (line 2)'],
] as const)
  test(`users in ${JSON.stringify(text)}`, () => assert.equal(users(text), expected));

const grant: Manifest = {
  apiVersion: 'gateway.networking.k8s.io/v1beta1',
  kind: 'ReferenceGrant',
  metadata: { name: 'g', namespace: 'vault' },
  spec: {
    from: [{ group: 'gateway.envoyproxy.io', kind: 'SecurityPolicy', namespace: 'default' }],
    to: [{ group: '', kind: 'Secret' }],
  },
};
const vault = secret('s', { '.htpasswd': `ann:${HASH}` }, 'vault');
const closed: readonly (readonly [string, Manifest, readonly Manifest[], RegExp])[] = [
  ['no Secret', basic('s'), [], /Secret default\/s does not exist/],
  ['another key', basic('s'), [secret('s', { users: `ann:${HASH}` })], /non-empty "\.htpasswd" key/],
  ['users that Envoy does not take', basic('s'), [secret('s', { '.htpasswd': 'ann:plain' })], /use \{SHA\}/],
  ['another namespace', basic('s', { namespace: 'vault' }), [vault], /not permitted by any ReferenceGrant/],
  ['another kind', basic('s', { kind: 'ConfigMap' }), [], /kind must be Secret/],
  ['keys that are not there', keyed({ name: 's' }), [], /Secret default\/s does not exist/],
  ['a key twice', keyed({ name: 's' }), [secret('s', { a: 'key', b: 'key' })], /duplicated API key/],
  [
    'a key that no request can bring',
    keyed({ name: 's' }),
    [secret('s', { a: 'key\n' })],
    /no request can bring/,
  ],
  ['an empty key', keyed({ name: 's' }), [secret('s', { a: '' })], /is empty/],
];
for (const [what, spec, more, says] of closed)
  test(`${what}: the policy is invalid, its routes answer 500, and no message shows a value`, () => {
    const w = on(policy(spec), ...more);
    const { action, handling } = w.route('r/0');
    assert.equal(action.kind === 'respond' && action.status, 500);
    assert.deepEqual([handling?.basicAuth, handling?.apiKeyAuth], [undefined, undefined]);
    const { Accepted } = w.conditions('SecurityPolicy', 'p');
    assert.equal(Accepted?.status, 'False');
    assert.match(Accepted?.message ?? '', says);
    assert.doesNotMatch(JSON.stringify(w.diagnostics), /plain|W6ph5/);
  });

test('a ReferenceGrant opens another namespace', () => {
  const { handling } = on(policy(basic('s', { namespace: 'vault' })), vault, grant).route('r/0');
  assert.equal(handling?.basicAuth?.users.revealText(), `ann:${HASH}\n`);
});

test('of a client with keys in two Secrets the first counts', () => {
  const { handling } = on(
    policy(keyed({ name: 'a' }, { name: 'b' })),
    secret('a', { shop: '1' }),
    secret('b', { shop: '2', desk: '3' }),
  ).route('r/0');
  const keys = handling?.apiKeyAuth?.keys.map(({ client, key }) => [client, key.revealText()]);
  assert.deepEqual(keys, [
    ['shop', '1'],
    ['desk', '3'],
  ]);
});

test('merged policies: what the one above refers to stays its own', () => {
  const above = policy(basic('s'), target('Gateway', 'eg'), 'above');
  const below = policy({ mergeType: 'StrategicMerge', cors: {} });
  const { handling } = on(above, below, secret('s', { '.htpasswd': `ann:${HASH}` })).route('r/0');
  assert.equal(handling?.basicAuth?.name, 'securitypolicy/default/p/with/securitypolicy/default/above');
  const lost = on(above, below).route('r/0').action;
  assert.equal(lost.kind === 'respond' && lost.status, 500);
});
