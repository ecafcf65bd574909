/** sessionPersistence of a rule: what the model gets, and each of its rules, broken once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleSession } from '../../../host/model/resources.ts';
import { assertFindings, type Expected, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';

const read = (session: string, kind = 'HTTPRoute') =>
  readText(
    `apiVersion: gateway.networking.k8s.io/v1\nkind: ${kind}\nmetadata: {name: r}\nspec: {rules: [{sessionPersistence: ${session}}]}\n`,
  );

const rows: readonly (readonly [string, RuleSession])[] = [
  ['{}', { kind: 'cookie' }],
  ['{sessionName: s, type: Cookie, cookieConfig: {lifetimeType: Session}}', { kind: 'cookie', name: 's' }],
  ['{absoluteTimeout: 1h, cookieConfig: {lifetimeType: Permanent}}', { kind: 'cookie', ttlMs: 3_600_000 }],
  ['{type: Header, sessionName: X-Session}', { kind: 'header', name: 'X-Session' }],
];
for (const kind of ['HTTPRoute', 'GRPCRoute'])
  for (const [session, expected] of rows)
    test(`${kind}: ${session}`, () => {
      const { resources, diagnostics } = read(session, kind);
      same(diagnostics, []);
      const [route] = resources;
      assert.ok(route?.kind === 'HTTPRoute' || route?.kind === 'GRPCRoute');
      same(route.spec.rules[0]?.session, expected);
    });

const faults: readonly (readonly [string, Omit<Expected, 'field'> & { readonly field: string }])[] = [
  [
    '{sessionName: "a b"}',
    { code: 'name-invalid', field: 'sessionName', says: /1 to 128 letters/, points: '"a b"' },
  ],
  [
    '{cookieConfig: {lifetimeType: Permanent}}',
    {
      code: 'field-missing',
      field: 'absoluteTimeout',
      says: /is missing/,
      points: 'sessionPersistence',
    },
  ],
  [
    '{absoluteTimeout: 900ms, cookieConfig: {lifetimeType: Permanent}}',
    { code: 'value-out-of-range', field: 'absoluteTimeout', says: /at least 1s/, points: '900ms' },
  ],
  [
    '{absoluteTimeout: 1h}',
    {
      code: 'value-without-effect',
      field: 'absoluteTimeout',
      says: /no effect/,
      points: '1h',
      severity: 'warning',
    },
  ],
  [
    '{idleTimeout: 1h}',
    {
      code: 'field-not-translated',
      field: 'idleTimeout',
      says: /does not translate/,
      points: 'idleTimeout',
      severity: 'warning',
    },
  ],
  [
    '{sessionName: __Host-s}',
    {
      code: 'cookie-refused',
      field: 'sessionName',
      says: /wants Secure/,
      points: '__Host-s',
      severity: 'warning',
    },
  ],
  [
    '{type: Header, cookieConfig: {}}',
    {
      code: 'field-conflict',
      field: 'cookieConfig',
      says: /not allowed with type Header/,
      points: 'cookieConfig',
    },
  ],
  [
    '{type: Header, sessionName: X-Loadstar-Host}',
    {
      code: 'header-name-invalid',
      field: 'sessionName',
      says: /cannot hold a session/,
      points: 'X-Loadstar-Host',
    },
  ],
  [
    '{type: Header, sessionName: content-length}',
    {
      code: 'header-name-invalid',
      field: 'sessionName',
      says: /cannot hold a session/,
      points: 'content-length',
    },
  ],
  [
    '{type: Header, sessionName: x_session}',
    {
      code: 'header-underscore',
      field: 'sessionName',
      says: /No request can bring/,
      points: 'x_session',
      severity: 'warning',
    },
  ],
];
for (const [session, expected] of faults)
  test(session, () =>
    assertFindings(read(session).diagnostics, [
      { ...expected, field: `spec.rules[0].sessionPersistence.${expected.field}` },
    ]),
  );
