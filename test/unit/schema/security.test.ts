/** The rules of SecurityPolicy: each with its message and what the caret points to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFindings, type Expected, indent, readText } from '../../support/manifest.ts';

const policyWith = (spec: string): string => `apiVersion: gateway.envoyproxy.io/v1alpha1
kind: SecurityPolicy
metadata: {name: s}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}]
${indent(spec, 2)}`;
const authorization = (rule: string): string => policyWith(`authorization: {rules: [${rule}]}`);

const refused = (field: string, points: string): Expected => ({
  code: 'field-not-supported',
  field,
  says: /does not translate/,
  points,
});
const cases: readonly (readonly [string, Expected])[] = [
  ...['jwt', 'oidc', 'extAuth'].map(
    (field) => [policyWith(`${field}: {}`), refused(`spec.${field}`, field)] as const,
  ),
  [
    policyWith('csrf: {shadowFraction: {numerator: 3, denominator: 2}}'),
    {
      code: 'value-out-of-range',
      field: 'spec.csrf.shadowFraction.numerator',
      says: /at most the denominator, 2, not 3/,
      points: '3',
    },
  ],
  [
    policyWith('csrf: {additionalOrigins: [www.example.com]}'),
    {
      code: 'field-type',
      field: 'spec.csrf.additionalOrigins[0]',
      says: /must be an origin/,
      points: 'www.example.com',
    },
  ],
  [
    policyWith('basicAuth: {}'),
    { code: 'field-missing', field: 'spec.basicAuth.users', says: /users is missing/, points: 'basicAuth' },
  ],
  [
    policyWith('apiKeyAuth: {credentialRefs: [], extractFrom: [{headers: [a], params: [b]}]}'),
    {
      code: 'field-conflict',
      field: 'spec.apiKeyAuth.extractFrom[0].params',
      says: /headers and params stand together/,
      points: '{',
    },
  ],
  [
    policyWith('basicAuth: {users: {name: u}, forwardUsernameHeader: X-Loadstar-Host}'),
    {
      code: 'value-not-supported',
      field: 'spec.basicAuth.forwardUsernameHeader',
      says: /belongs to Loadstar/,
      points: 'X-Loadstar-Host',
    },
  ],
  [
    policyWith('apiKeyAuth: {credentialRefs: [], extractFrom: [{headers: [a, x-loadstar-host]}]}'),
    {
      code: 'value-not-supported',
      field: 'spec.apiKeyAuth.extractFrom[0].headers[1]',
      says: /belongs to Loadstar/,
      points: 'x-loadstar-host',
    },
  ],
  [authorization('{action: Allow, cel: "true"}'), refused('spec.authorization.rules[0].cel', 'cel')],
  [
    authorization('{action: Allow, principal: {jwt: {provider: a}}}'),
    refused('spec.authorization.rules[0].principal.jwt', 'jwt'),
  ],
  [
    authorization('{action: Allow}'),
    {
      code: 'field-missing',
      field: 'spec.authorization.rules[0].principal',
      says: /None of principal, cel/,
      points: '{',
    },
  ],
  [
    authorization('{action: Allow, principal: {}}'),
    {
      code: 'field-missing',
      field: 'spec.authorization.rules[0].principal.clientCIDRs',
      says: /None of clientCIDRs/,
      points: 'principal',
    },
  ],
  [
    authorization('{action: Allow, principal: {clientCIDRs: [10.0.0.1]}}'),
    {
      code: 'address-invalid',
      field: 'spec.authorization.rules[0].principal.clientCIDRs[0]',
      says: /range of IP addresses/,
      hint: /10\.0\.0\.1\/32/,
      points: '10.0.0.1',
    },
  ],
  [
    authorization('{action: allow, principal: {clientCIDRs: [10.0.0.0/8]}}'),
    {
      code: 'value-unknown',
      field: 'spec.authorization.rules[0].action',
      says: /one of Allow, Deny/,
      hint: /Allow/,
      points: 'allow',
    },
  ],
  [
    policyWith('cors: {allowOrigins: ["https://a.test/"]}'),
    {
      code: 'field-type',
      field: 'spec.cors.allowOrigins[0]',
      says: /an origin/,
      hint: /slash/,
      points: '"https://a.test/"',
    },
  ],
  [
    policyWith('mergeType: Overlay'),
    {
      code: 'merge-type-unknown',
      field: 'spec.mergeType',
      says: /StrategicMerge, JSONMerge/,
      points: 'Overlay',
    },
  ],
  [
    policyWith('').replace('HTTPRoute', 'Service'),
    {
      code: 'target-invalid',
      field: 'spec.targetRefs[0].kind',
      says: /Gateway, ListenerSet, HTTPRoute, GRPCRoute, TCPRoute/,
      points: 'Service',
    },
  ],
];
for (const [text, expected] of cases)
  test(`${expected.field}: ${expected.code}`, () => {
    const { resources, diagnostics } = readText(text);
    assertFindings(diagnostics, [expected]);
    assert.ok(resources.every(({ kind }) => kind === 'SecurityPolicy (refused)'));
  });

for (const [path, says] of [
  ['{type: RegularExpression, value: "("}', /no expression that Envoy takes/],
  ['{value: admin}', /no path: it does not begin with a slash/],
] as const)
  test(`a path ${path} makes the policy invalid, and it stays`, () => {
    const rule = `{action: Deny, principal: {clientCIDRs: [0.0.0.0/0]}, operation: {path: ${path}}}`;
    const { resources, diagnostics } = readText(authorization(rule));
    assert.match(diagnostics[0]!.message, says);
    assert.ok(resources.some((one) => one.kind === 'SecurityPolicy' && one.invalid.length === 1));
  });

test('what is translated, with its defaults', () => {
  const { resources, diagnostics } = readText(
    policyWith(`cors:
  allowOrigins: ["*", "https://*", "moz-extension://a_b", "http://*.a.test:8080"]
  allowMethods: [GET, "*"]
  maxAge: 1m30s
authorization:
  rules:
  - action: Allow
    operation: {path: {}}
    principal: {clientCIDRs: [10.1.2.3/8], headers: [{name: X-User, values: [a, ""]}]}
  - {name: last, action: Deny, principal: {clientCIDRs: ["::/0"]}}`),
  );
  assertFindings(diagnostics, []);
  const [one] = resources;
  assert.ok(one?.kind === 'SecurityPolicy');
  const { cors, authorization: made } = one.spec;
  assert.deepEqual(cors, {
    allowOrigins: ['*', 'https://*', 'moz-extension://a_b', 'http://*.a.test:8080'],
    allowMethods: ['*'],
    allowHeaders: [],
    exposeHeaders: [],
    allowCredentials: false,
    maxAgeSeconds: 90,
  });
  assert.deepEqual(made, {
    rules: [
      {
        name: 'securitypolicy/default/s/authorization/rule/0',
        action: 'Allow',
        methods: [],
        path: { kind: 'prefix', value: '/', invert: false },
        ranges: [{ first: '10.0.0.0', bits: 8 }],
        headers: [{ name: 'x-user', values: ['a', ''] }],
      },
      {
        name: 'last',
        action: 'Deny',
        methods: [],
        path: undefined,
        ranges: [{ first: '::', bits: 0 }],
        headers: [],
      },
    ],
    otherwise: 'Deny',
  });
});
